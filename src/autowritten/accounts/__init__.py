"""The posts of one account taken together."""
