"""Who a caller is and what they may do; knows tokens, not tables."""
