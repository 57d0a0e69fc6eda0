"""Tables of all domains, their migrations and the database below them."""
