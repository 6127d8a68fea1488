"""The language model, walked once: text to tokens, hidden states and the surprisal of every token."""
