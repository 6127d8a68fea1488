"""What a post says once invisible marks, look-alike letters and markup noise are taken off, and what was taken off.

Pure steps, the first two used in training as well as in scoring: `normalise` undoes obfuscation and tells how much of it
there was; `mask` replaces mentions and links by the placeholders that public data sets use; `prose` leaves what there is
to judge. Genuine writing must come through whole, so every rule has a script it must not touch.
"""

from __future__ import annotations

from autowritten.text.clean import Normalised, normalise
from autowritten.text.mask import mask, prose, without_code

__all__ = ["Normalised", "mask", "normalise", "prose", "without_code"]
