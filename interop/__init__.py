"""What the rest of the world's tools say of Erikti: each claim proven by somebody else's program."""
