"""The output file of a run: nothing half-written is ever taken for the result, and a broken-off run can go on.

Beside `OUT` a run keeps three files, gone at the end: `OUT.partial` (rows so far, JSON lines), `OUT.rejects.partial`,
and `OUT.journal` (see `journal`). A run taken up again cuts both files back to the last commit and goes on there.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from filelock import FileLock, Timeout

from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts.files import (
    beside,
    create,
    explain_write_errors,
    is_stream,
    own,
    place,
    refuse_inputs,
    reopen,
    resolve,
    scratch,
    sweep,
    sync,
    sync_folder,
)
from autowritten.posts.journal import Commit, Journal, Unfinished
from autowritten.posts.json_text import encode_line
from autowritten.posts.run import Tally
from autowritten.posts.write import REJECT_COLUMNS, jsonl_to_csv, output_format, reject_to_json, scored_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autowritten.posts.columns import Columns
    from autowritten.posts.rows import Reject, Row
    from autowritten.score import Score

_RESUME = "; make room and go on with --resume"
_COMMIT_EVERY = 1.0  # seconds; an fsync for each batch of a fast scorer would cost more than the scoring
_CHUNK = 1 << 20


class OutputFile:
    """A sink that writes scored rows to a file, safely.

    Use as a context manager and call `finish` when all rows are written; left without it, by an exception or a stop, it
    keeps what is needed to resume.

    Args:
        path: the output; its extension tells the format.
        settings: everything that shapes the output (inputs, columns, model …), JSON types only; a run is resumed only
            under the same settings.
        inputs: the input files, none of which may be overwritten.
        format: `jsonl`, `csv` or `parquet`, if the extension does not say.
        columns: the only columns to keep, in this order; empty for all.
        rejects: another place for the rejects file.
        spreadsheet: CSV made safe to open in a spreadsheet; see `jsonl_to_csv`.
        types: column types of a Parquet input, kept in a Parquet output.
        resume: go on with a broken-off run, if there is one.
        restart: throw a broken-off run away, if there is one.

    Attributes:
        path: the output.
        rejects_path: where rejected rows go; the file is there in the end only if there are any.
        tally: what a resumed run took over; all zero for a fresh one.

    Raises:
        UsageError: a broken-off run is there and neither `resume` nor `restart` was said, or it had other settings.
        AutowrittenError: the folder can't be written, the output is one of the inputs, or another process writes it.
    """

    def __init__(
        self,
        path: str | Path,
        settings: Mapping[str, Any],
        inputs: Iterable[str] = (),
        *,
        format: str | None = None,
        columns: Sequence[str] = (),
        rejects: str | Path | None = None,
        spreadsheet: bool = False,
        types: Mapping[str, Any] | None = None,
        resume: bool = False,
        restart: bool = False,
    ) -> None:
        self.path = Path(path)
        self.format = output_format(self.path, format)
        self.tally = Tally()
        self._columns, self._spreadsheet, self._types = tuple(columns), spreadsheet, types
        self._target = resolve(path)
        if is_stream(self._target):
            raise AutowrittenError(f"{path}: is a pipe or a device, not a file; without -o the rows go to stdout")
        self._partial, self._journal_path = beside(self._target, ".partial"), beside(self._target, ".journal")
        self._rejects_partial, lock = beside(self._target, ".rejects.partial"), beside(self._target, ".lock")
        self.rejects_path = Path(rejects) if rejects else beside(self.path, ".rejects.jsonl")
        self._rejects_target = resolve(self.rejects_path)
        work = (self._partial, self._journal_path, self._rejects_partial, lock)
        refuse_inputs((self._target, self._rejects_target, *work), inputs)
        if self._rejects_target in (self._target, *work):
            raise UsageError(f"{self.rejects_path}: the rejects need a file of their own")
        check_rejects(self._rejects_target)
        with explain_write_errors(self.path, _RESUME):
            probe, made = scratch(self._target)  # a folder that can't be written says so here, in its own words
            probe.close()
            made.unlink()
            with suppress(FileNotFoundError), own(lock) as file:
                if file.read(1):
                    raise AutowrittenError(f"{lock}: is there already, and is no lock; move it away")
            self._lock = FileLock(lock, timeout=0)
            self._take_lock()
            try:
                self._open(json.loads(json.dumps(settings)), resume, restart)
            except BaseException:
                self._release()
                raise
        self._committed_at = time.monotonic()

    def __enter__(self) -> Self:
        """Return the sink itself."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the files; what was committed stays for a resumed run."""
        for file in (self._rows, self._rejects, self._journal):
            # After a full disk a close raises again for the same unwritten bytes.
            with suppress(OSError):
                file.close()
        self._release()

    def write(self, rows: Sequence[tuple[Row, Columns, Score]], rejects: Sequence[Reject], tally: Tally) -> None:
        """Append one batch.

        Raises:
            AutowrittenError: the disk is full or fails; what was committed before is safe.
        """
        with explain_write_errors(self.path, _RESUME):
            scored = [scored_row(row.data, score, self._columns) for row, _, score in rows]
            for row in scored:
                if not row.keys() <= self._names.keys():
                    self._names.update(dict.fromkeys(row))
            self._rows.write(b"".join(map(encode_line, scored)))
            self._rejects.write(b"".join(map(reject_to_json, rejects)))
            self.tally = tally
            if time.monotonic() - self._committed_at >= _COMMIT_EVERY:
                self.commit()

    def commit(self) -> None:
        """Make all rows written so far safe against a crash or a power cut.

        Raises:
            AutowrittenError: the disk is full or fails.
        """
        with explain_write_errors(self.path, _RESUME):
            for file in (self._rows, self._rejects):
                sync(file.file)
            tally = self.tally
            self._journal.append(
                Commit(
                    rows=tally.rows,
                    bytes=self._rows.size,
                    rejects_bytes=self._rejects.size,
                    verdicts=dict(tally.verdicts),
                    rejects=dict(tally.rejects),
                    columns=list(self._names),
                    read=tally.read,
                    written=self._rows.digest(),
                    rejected=self._rejects.digest(),
                )
            )
            self._committed_at = time.monotonic()

    def finish(self) -> None:
        """Put the output and the rejects in place, whole, under their names, and remove the journal.

        Raises:
            AutowrittenError: the disk is full or fails; the run can still be resumed.
        """
        self.commit()
        with explain_write_errors(self.path, _RESUME):
            made = self._partial if self.format == "jsonl" else self._converted()
            # The rejects go first: whoever sees the output in place can trust that they are complete too. A crash
            # between the steps leaves the journal, and a resumed run then does again what is missing.
            try:
                if self._rejects.size:
                    place(self._rejects_partial, self._rejects_target)
                elif check_rejects(self._rejects_target):
                    self._rejects_target.unlink()  # of an earlier run, no longer true
                self._rejects_partial.unlink(missing_ok=True)
                place(made, self._target)
            finally:
                if made != self._partial:
                    made.unlink(missing_ok=True)
            self._partial.unlink(missing_ok=True)
            sync_folder(self._target.parent)
            self._journal_path.unlink()
            sync_folder(self._target.parent)

    def _converted(self) -> Path:
        """Make CSV or Parquet of the rows, in a new file."""
        file, made = scratch(self._target)
        try:
            with file:
                if self.format == "csv":
                    jsonl_to_csv(self._partial, file, self._names, spreadsheet=self._spreadsheet)
                else:
                    from autowritten.posts.write_parquet import jsonl_to_parquet

                    jsonl_to_parquet(self._partial, file, self._types)
                sync(file)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        return made

    def _take_lock(self) -> None:
        try:
            self._lock.acquire()
        except Timeout:
            raise AutowrittenError(f"{self.path}: another run is writing this file") from None

    def _release(self) -> None:
        Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()

    def _open(self, settings: dict[str, Any], resume: bool, restart: bool) -> None:
        """Open the working files, cut back to the last commit of the run that is taken up, if one is."""
        for path in (self._target, self._journal_path):
            sweep(path)
        before = Unfinished.read(self._journal_path)
        last = Commit()
        if before is None:
            for path in (self._partial, self._rejects_partial):
                create(path).close()  # what is there without a journal is not ours
                path.unlink()
        elif not (resume or restart):
            done = f"after {before.commits[-1].rows:,} rows " if before.commits else ""
            raise UsageError(
                f"{self.path}: a run broken off {done}is beside it; go on with --resume, or start again with --restart"
            )
        elif resume:
            before.check(self.path, settings)
            last = self._last_safe(before.commits)
        self.tally = Tally(last.rows, Counter(last.verdicts), Counter(last.rejects), read=last.read)
        self._names = dict.fromkeys(last.columns)  # every column seen so far, in the order of first sight
        self._journal = Journal(
            self._journal_path, settings, last
        )  # first: without it, the others are not known as ours
        self._rows = _Appended(reopen(self._partial, last.bytes), last.bytes)
        self._rejects = _Appended(reopen(self._rejects_partial, last.rejects_bytes), last.rejects_bytes)
        if last.rows and (self._rows.digest(), self._rejects.digest()) != (last.written, last.rejected):
            for file in (self._rows, self._rejects, self._journal):
                file.close()
            raise UsageError(
                f"{self.path}: can't resume, {self._partial.name} or {self._rejects_partial.name} changed since; "
                "start again with --restart"
            )

    def _last_safe(self, commits: Sequence[Commit]) -> Commit:
        """Return the last commit whose rows did reach the disk."""
        paths = (self._partial, self._rejects_partial)
        rows, rejects = (path.stat().st_size if path.exists() else 0 for path in paths)
        safe = [commit for commit in commits if commit.bytes <= rows and commit.rejects_bytes <= rejects]
        return safe[-1] if safe else Commit()


class _Appended:
    """A file that is only appended to, with its size and the digest of all of it.

    Args:
        file: open for reading and writing.
        size: its size now; what is there is read once.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.file, self.size = file, size
        self._digest = hashlib.sha256()
        file.seek(0)
        while chunk := file.read(_CHUNK):
            self._digest.update(chunk)

    def write(self, data: bytes) -> None:
        """Append."""
        self.file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def digest(self) -> str:
        """Return the digest of all of it."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def check_rejects(path: Path) -> bool:
    """Whether rejects of an earlier run are in a file; they may be replaced, anything else may not.

    Raises:
        AutowrittenError: something else is in it.
    """
    if is_stream(path):
        return False
    with explain_write_errors(path):
        try:
            with path.open("rb") as file:
                line = file.readline(_CHUNK)
        except FileNotFoundError:
            return False
    if not line:
        return False
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if len(line) < _CHUNK and not (isinstance(found, dict) and found.keys() >= set(REJECT_COLUMNS)):
        raise AutowrittenError(f"{path}: is there already, and holds no rejects; name another file with --rejects")
    return True
