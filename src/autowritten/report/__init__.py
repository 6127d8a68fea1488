"""Views of scores for people: the terminal, and HTML."""
