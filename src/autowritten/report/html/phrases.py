"""The page's words and numbers in one language."""

from __future__ import annotations

import tomllib
from importlib.resources import files

LANGUAGES = ("en", "zh", "fr")
_NARROW, _WIDE = "\u202f", "\u00a0"  # spaces that French sets between thousands and before `%`, where no line may break


class Phrases:
    """Words and numbers in one language.

    Args:
        language: one of `LANGUAGES`.

    Attributes:
        language: as given.
        texts: key to text, with `{names}` of values.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        source = files("autowritten.report.html") / "texts" / f"{language}.toml"
        self.texts: dict[str, str] = tomllib.loads(source.read_text(encoding="utf-8"))

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in; whole numbers are written as the language writes them."""
        told = {name: self.number(value) if isinstance(value, int) else value for name, value in values.items()}
        return self.texts[key].format(**told)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with a separator between thousands."""
        written = f"{value:,.{digits}f}"
        return written.replace(",", _NARROW).replace(".", ",") if self.language == "fr" else written

    def about(self, value: float) -> str:
        """Write an expected number: whole, but for small ones."""
        return self.number(value, 0 if value >= 10.0 else 1)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Write a share of 1 in percent."""
        return "–" if share is None else f"{self.number(100 * share, digits)}{self._sign}"

    def rate(self, share: float) -> str:
        """Write a rate in force as it was set: 1%, 0.5%."""
        return self._comma(f"{100 * share:g}") + self._sign

    def signed(self, value: float) -> str:
        """Write a number with its sign."""
        return ("+" if value > 0 else "") + self.number(value, 1)

    def significant(self, value: float | None) -> str:
        """Write a p-value: one figure counts."""
        return "–" if value is None else self._comma(f"{value:.1g}")

    def _comma(self, written: str) -> str:
        return written.replace(".", ",") if self.language == "fr" else written

    @property
    def _sign(self) -> str:
        return f"{_WIDE}%" if self.language == "fr" else "%"
