"""The journal of a run: what is being done, then a line for every commit; damage to any of it is noticed.

Each line is the digest of the rest of it, a space, and JSON. The first says what file this is, so that nothing else is
ever taken for a journal and thrown away.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts.files import own, scratch, sync, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = b"autowritten journal 1"


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of the run that is safe on the disk.

    Attributes:
        rows: input rows done.
        bytes: length of the file of scored rows then. `rejects_bytes`: of the rejects.
        verdicts: scored rows by verdict. `rejects`: rejected rows by reason.
        columns: every column seen, in order of first sight.
        read: digest of the input rows. `written`: of the scored rows' file. `rejected`: of the rejects'.
    """

    rows: int = 0
    bytes: int = 0
    rejects_bytes: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    read: str = ""
    written: str = ""
    rejected: str = ""

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Self:
        """Read a line of the journal.

        Raises:
            ValueError: it is not what `asdict` made.
        """
        kinds = {name: type(value) for name, value in asdict(cls()).items()}
        if {name: type(value) for name, value in entry.items()} != kinds:
            raise ValueError("not a commit")
        made = cls(**entry)
        counts = [*made.verdicts.values(), *made.rejects.values()]
        if not all(type(count) is int for count in counts) or sum(counts) != made.rows or made.rows < 0:
            raise ValueError("counts that do not add up")
        return made


class Journal:
    """The journal of a run that goes on; put in place at once, with what is known at its start.

    Args:
        path: the journal; overwritten, for a line torn by a crash must not stand before later ones.
        settings: what is being done.
        last: the commit from which the run goes on.
    """

    def __init__(self, path: Path, settings: dict[str, Any], last: Commit) -> None:
        self._file, fresh = scratch(path)
        try:
            self._file.write(_HEAD + b"\n")
            self._write({"settings": settings})
            self.append(last)
            os.replace(fresh, path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)

    def append(self, commit: Commit) -> None:
        """Note a commit, safely."""
        self._write(asdict(commit))
        sync(self._file)

    def close(self) -> None:
        """Close the file; it stays."""
        self._file.close()

    def _write(self, entry: dict[str, Any]) -> None:
        body = json.dumps(entry).encode()
        self._file.write(_digest(body) + b" " + body + b"\n")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What the journal of a broken-off run says.

    Attributes:
        settings: what was being done.
        commits: the states that were safe, in order.
        damaged: something in it can't be trusted.
    """

    settings: dict[str, Any]
    commits: list[Commit]
    damaged: bool = False

    @classmethod
    def read(cls, path: Path) -> Unfinished | None:
        """Read the journal of a broken-off run; None if there is none.

        Raises:
            AutowrittenError: the file there is no journal.
        """
        try:
            with own(path) as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return None
        if lines[0] != _HEAD:
            raise AutowrittenError(f"{path}: is there already, and is no journal of this version; move it away")
        entries: list[dict[str, Any]] = []
        whole = True
        for number, line in enumerate(lines[1:], 1):
            digest, _, body = line.partition(b" ")
            if digest != _digest(body):
                whole = number == len(lines) - 1  # torn by a crash, and so the last
                break
            entries.append(json.loads(body))
        try:
            settings = entries[0]["settings"]
            return cls(settings, [Commit.of(entry) for entry in entries[1:]], not whole)
        except (IndexError, KeyError, TypeError, ValueError, AttributeError):
            return cls({}, [], damaged=True)

    def check(self, path: Path, settings: dict[str, Any]) -> None:
        """Refuse to go on with another run than this.

        Raises:
            UsageError: says what changed.
        """
        if self.damaged:
            raise UsageError(f"{path}: can't resume, its journal is damaged; start again with --restart")
        names = settings.keys() | self.settings.keys()
        changed = [name for name in names if settings.get(name) != self.settings.get(name)]
        if changed:
            raise UsageError(
                f"{path}: can't resume, {' and '.join(sorted(changed))} changed since; start again with "
                "--restart, or restore what it was"
            )


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:16].encode()
