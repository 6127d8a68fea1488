"""Logit to verdict: by language and by length."""
