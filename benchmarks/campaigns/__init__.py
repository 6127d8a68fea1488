"""Simulated floods, and how many of their accounts are found."""
