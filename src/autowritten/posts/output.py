"""The output file of a run: nothing half-written is ever taken for the result, and a broken-off run can go on.

Beside `OUT` a run keeps three files, gone at the end: `OUT.partial` (rows so far, JSON lines), `OUT.rejects.partial`,
and `OUT.journal` (what is being done, then a line for every commit: how many input rows are safe on the disk, and how
long the other two files were then). A run taken up again cuts both files back to the last commit and goes on there.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from filelock import FileLock, Timeout

from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts.json_text import encode_line
from autowritten.posts.run import Tally
from autowritten.posts.write import jsonl_to_csv, output_format, reject_to_json, scored_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from autowritten.posts.columns import Columns
    from autowritten.posts.rows import Reject, Row
    from autowritten.score import Score

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RESUME = "; make room and go on with --resume"
_COMMIT_EVERY = 1.0  # seconds; an fsync for each batch of a fast scorer would cost more than the scoring


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
        self.rejects_path = Path(rejects) if rejects else Path(f"{path}.rejects.jsonl")
        self.tally = Tally()
        self._columns, self._spreadsheet, self._types = tuple(columns), spreadsheet, types
        self._partial, self._journal_path = Path(f"{path}.partial"), Path(f"{path}.journal")
        self._rejects_partial = Path(f"{path}.rejects.partial")
        self._check_paths(inputs)
        self._lock = FileLock(f"{path}.lock", timeout=0)
        with explain_write_errors(self.path, _RESUME):
            self._partial.open("ab").close()  # a folder that can't be written says so here, in its own words
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
            self._rejects.write(b"".join([reject_to_json(reject) for reject in rejects]))
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
                _sync(file)
            tally = self.tally
            state = {"rows": tally.rows, "bytes": self._rows.tell(), "rejects_bytes": self._rejects.tell()}
            counts = {"verdicts": tally.verdicts, "rejects": tally.rejects}
            self._log(state | counts | {"columns": list(self._names)})
            self._committed_at = time.monotonic()

    def finish(self) -> None:
        """Put the output and the rejects in place, whole, under their names, and remove the journal.

        Raises:
            AutowrittenError: the disk is full or fails; the run can still be resumed.
        """
        self.commit()
        with explain_write_errors(self.path, _RESUME):
            made = Path(f"{self.path}.tmp")
            try:
                if self.format == "csv":
                    jsonl_to_csv(self._partial, made, self._names, spreadsheet=self._spreadsheet)
                elif self.format == "parquet":
                    from autowritten.posts.write_parquet import jsonl_to_parquet

                    jsonl_to_parquet(self._partial, made, self._types)
                else:
                    made = self._partial
                with made.open("rb") as file:
                    os.fsync(file.fileno())
            except BaseException:
                if made != self._partial:
                    made.unlink(missing_ok=True)
                raise
            # The rejects go first: whoever sees the output in place can trust that they are complete too. A crash
            # between the steps leaves the journal, and a resumed run then does again what is missing.
            if self._rejects.tell():
                os.replace(self._rejects_partial, self.rejects_path)
            else:
                self.rejects_path.unlink(missing_ok=True)  # of an earlier run, no longer true
                self._rejects_partial.unlink()
            os.replace(made, self.path)
            self._partial.unlink(missing_ok=True)
            self._journal_path.unlink()
            _sync_folder(self.path.parent)

    def _check_paths(self, inputs: Iterable[str]) -> None:
        """Refuse to write over an input, or where no file can be."""
        mine = (self.path, self.rejects_path, self._partial, self._rejects_partial, self._journal_path)
        refuse_inputs(mine, inputs)
        if self.path.is_dir():
            raise AutowrittenError(f"{self.path}: is a folder; name a file in it")
        for path in (self.path, self.rejects_path):
            if not path.parent.is_dir():
                raise AutowrittenError(f"{path}: there is no folder {str(path.parent)!r}")
        if os.path.realpath(self.path) == os.path.realpath(self.rejects_path):
            raise UsageError(f"{self.path}: the output and the rejects have to be two files")

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
        before, commits = self._read_journal()
        if before is not None and not (resume or restart):
            done = commits[-1]["rows"] if commits else 0
            raise UsageError(
                f"{self.path}: a run broken off after {done:,} rows is beside it; go on with --resume, "
                "or start again with --restart"
            )
        sizes = {path: path.stat().st_size if path.exists() else 0 for path in (self._partial, self._rejects_partial)}
        last: dict[str, Any] = dict.fromkeys(("rows", "bytes", "rejects_bytes"), 0)
        last |= {"verdicts": {}, "rejects": {}, "columns": []}
        if resume and before is not None:
            changed = [name for name in settings.keys() | before.keys() if settings.get(name) != before.get(name)]
            if changed:
                raise UsageError(
                    f"{self.path}: can't resume, {' and '.join(sorted(changed))} changed since; start again with "
                    "--restart, or restore what it was"
                )
            for commit in commits:  # the last one whose rows did reach the disk
                if commit["bytes"] <= sizes[self._partial] and commit["rejects_bytes"] <= sizes[self._rejects_partial]:
                    last = commit
        self.tally = Tally(last["rows"], Counter(last["verdicts"]), Counter(last["rejects"]))
        self._names = dict.fromkeys(last["columns"])  # every column seen so far, in the order of first sight
        self._rows = _open_at(self._partial, last["bytes"])
        self._rejects = _open_at(self._rejects_partial, last["rejects_bytes"])
        # The journal is written anew: a line torn by a crash must not stand before later ones.
        fresh = Path(f"{self._journal_path}.tmp")
        self._journal = fresh.open("wb")
        self._log({"settings": settings})
        self._log(last)
        os.replace(fresh, self._journal_path)
        _sync_folder(self.path.parent)

    def _read_journal(self) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """Return the settings of a broken-off run and its commits; None if there is no such run."""
        try:
            lines = self._journal_path.read_bytes().splitlines()
        except FileNotFoundError:
            return None, []
        entries: list[dict[str, Any]] = []
        for line in lines:
            try:
                entries.append(json.loads(line))
            except ValueError:  # torn by a crash, and so the last
                break
        return (entries[0]["settings"], entries[1:]) if entries else ({}, [])

    def _log(self, entry: dict[str, Any]) -> None:
        self._journal.write(json.dumps(entry).encode() + b"\n")
        _sync(self._journal)


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[str]) -> None:
    """Refuse to write over an input, by whatever name or link it goes.

    Raises:
        AutowrittenError: one of the outputs is one of the inputs.
    """
    existing = [path for path in outputs if path.exists()]
    for name in inputs:
        for path in existing:
            if os.path.exists(name) and os.path.samefile(name, path):
                raise AutowrittenError(f"{path}: is the input {name!r}; the output has to be another file")


@contextmanager
def explain_write_errors(path: Path | str, when_full: str = "; make room") -> Iterator[None]:
    """Turn a failing write into one line that says what to do, `when_full` if the disk is.

    Raises:
        AutowrittenError: in place of `OSError`, but for a pipe whose reader has gone.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        hint = when_full if error.errno in _FULL and isinstance(path, Path) else ""
        raise AutowrittenError(f"{path}: can't be written: {error.strerror or error}{hint}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to, and put what was written there in its place, whole or not at all.

    Raises:
        AutowrittenError: it can't be written (see `explain_write_errors`).
    """
    made = path.with_name(f"{path.name}.tmp")
    with explain_write_errors(path):
        try:
            yield made
            os.replace(made, path)
        finally:
            made.unlink(missing_ok=True)


def _open_at(path: Path, size: int) -> IO[bytes]:
    """Open a working file for writing at `size`, whatever came after thrown away."""
    file = path.open("r+b" if path.exists() else "w+b")
    file.truncate(size)
    file.seek(size)
    return file


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make renames safe against a power cut (a no-op where folders can't be opened)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
