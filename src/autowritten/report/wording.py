"""Plain English for what the program counts: features, languages, obfuscation."""

from __future__ import annotations

LANGUAGES = {
    "zh": "Chinese", "fr": "French", "en": "English", "de": "German", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "ar": "Arabic", "ru": "Russian", "ja": "Japanese", "ko": "Korean", "other": "other languages", "und": "no language told",
}  # fmt: skip
"""Names of the languages that posts are most often in; any other is told by its code."""
PHRASES: dict[str, tuple[str, str]] = {
    "log_likelihood": ("harder to foresee", "easier to foresee"),
    "log_likelihood_std": ("more even", "more uneven"),
    "log_rank": ("closer to the model's first guesses", "further from the model's first guesses"),
    "lrr": ("less often spot on for its surprise", "more often spot on for its surprise"),
    "top_1": ("with fewer first guesses", "with more first guesses"),
    "top_10": ("with fewer words among 10 guesses", "with more words among 10 guesses"),
    "top_100": ("with fewer words among 100 guesses", "with more words among 100 guesses"),
    "top_1000": ("with fewer words among 1,000 guesses", "with more words among 1,000 guesses"),
    "entropy": ("with fewer ways to go on", "with more ways to go on"),
    "entropy_std": ("more even in its ways to go on", "more uneven in its ways to go on"),
    "curvature": ("less like the model's own writing", "more like the model's own writing"),
    "burstiness": ("more even", "more bursty"),
    "surprisal_low": ("surer where it is easy", "less sure where it is easy"),
    "surprisal_high": ("tamer in its rarest words", "wilder in its rarest words"),
    "typicality": ("closer to the surprise to be expected", "further from the surprise to be expected"),
    "entropy_correlation": ("less apt to surprise where much is open", "more apt to surprise where much is open"),
    "surprisal_skewness": ("with fewer sudden surprises", "with more sudden surprises"),
    "surprisal_kurtosis": ("with fewer extreme words", "with more extreme words"),
    "surprisal_change": ("smoother from word to word", "more jumpy from word to word"),
    "surprisal_change_std": ("steadier from word to word", "more restless from word to word"),
    "surprisal_second_std": ("steadier in rhythm", "more restless in rhythm"),
    "surprisal_second_entropy": ("plainer in rhythm", "more varied in rhythm"),
    "surprisal_second_autocorrelation": ("more zigzag in rhythm", "less zigzag in rhythm"),
    "distinct_characters": ("more repetitive", "less repetitive"),
    "compression": ("easier to compress", "harder to compress"),
    "punctuation_share": ("with less punctuation", "with more punctuation"),
    "clause_variation": ("with clauses more alike in length", "with clauses less alike in length"),
    "token_length": ("of rarer words", "of commoner words"),
    "log_tokens": ("shorter", "longer"),
}
"""How a post with a low and with a high value of a feature differs from others: `… than 93% of human posts`."""
UNDONE = {
    "zero_width": "zero-width marks", "control": "control characters", "bidi": "direction marks",
    "styled_letters": "styled letters", "full_width": "full-width letters", "ligatures": "ligatures",
    "lookalike": "look-alike letters", "html_entities": "HTML entities", "stacked_marks": "stacked accents",
    "stray_marks": "accents that no language puts there", "spaced_letters": "spaces inside words",
}  # fmt: skip
"""What the counts of `Score.obfuscation` are counts of."""
