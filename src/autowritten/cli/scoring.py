"""What `autowritten score` does, apart from reading its options: sinks, signals, progress and the last line."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, Self

from rich.console import Console

from autowritten import __version__
from autowritten.cli.console import drop_stdout, need_stdout, page, words
from autowritten.cli.progress import progress_bar
from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts import (
    SCORE_COLUMNS,
    OutputFile,
    PostFile,
    ReadOptions,
    Scorer,
    encode_line,
    open_posts,
    reject_to_json,
    score_files,
    scored_row,
)
from autowritten.posts.files import explain_write_errors, refuse_inputs, resolve
from autowritten.posts.output import check_rejects
from autowritten.posts.run import BATCH
from autowritten.posts.write import output_format
from autowritten.report.terminal.posts import TableSink, safe, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from autowritten.posts import Columns, Reject, Row, Sink, Tally
    from autowritten.score import Score

_SHOWN_REJECTS = 10
_PAUSE = 0.3  # seconds without a new row on a pipe, after which those there are get their answer


class NamedScorer(Scorer, Protocol):
    """A scorer that says which model it is (by name, and by the digest of its bundle) and how often it is wrong about humans."""

    name: str
    fpr: float
    digest: str
    share_machine: float


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one `autowritten score`; see its help."""

    inputs: Sequence[str]
    options: ReadOptions
    output: str | None = None
    format: str | None = None
    columns: tuple[str, ...] = ()
    rejects: Path | None = None
    spreadsheet: bool = False
    fpr: float | None = None
    bundle: str | None = None
    lm: str | None = None
    fast: bool = False
    resume: bool = False
    restart: bool = False
    quiet: bool = False
    engine: str | None = None
    workers: int | None = None


def run(request: Request, load: Callable[[str | None, str | None, bool, float | None], NamedScorer]) -> int:
    """Score what is asked for.

    Args:
        request: the options.
        load: makes the detector from a bundle, a language model, whether it is to be fast, and its false-positive rate; it
            refuses a rate that the bundle does not support.

    Returns:
        The exit code: 0 done; 1 done, some rows rejected; 130 stopped by Ctrl-C (128 + the signal's number).

    Raises:
        UsageError: the options do not go together, or an input is unclear.
        AutowrittenError: something could not be read, loaded or written.
    """
    say = words(request.quiet)
    if request.engine is not None:
        return _on_ray(request, say)
    files = open_posts(request.inputs, request.options)
    _check(request, files, say)
    for file in files:
        say.print(safe(file.describe()), markup=False, style="dim")
    scorer = load(request.bundle, request.lm, request.fast, request.fpr)
    if request.output is None:
        return _to_stdout(request, files, scorer, say)
    return _to_file(request, request.output, files, scorer, say)


def _on_ray(request: Request, say: Console) -> int:
    """Score with Ray, which reads and writes by itself."""
    heeded = Request(
        request.inputs, ReadOptions(request.options.text), request.output, fpr=request.fpr, bundle=request.bundle,
        fast=request.fast, quiet=request.quiet, engine="ray", workers=request.workers,
    )  # fmt: skip
    if request.engine != "ray":
        raise UsageError(f"--engine {request.engine}: there is only ray; for Spark see docs/scaling.md")
    if request.output is None:
        raise UsageError("--engine ray writes Parquet files into a folder: give -o")
    if request != heeded:
        raise UsageError(
            "--engine ray heeds -o, --text, --fpr, --bundle, --fast, --workers and --quiet, no other option"
        )
    try:
        from autowritten.engines.ray import score_files as score_with_ray
    except ModuleNotFoundError as error:
        raise AutowrittenError(f'--engine ray needs the package {error.name}: pip install "autowritten[ray]"') from None
    from autowritten.bundle import Bundle
    from autowritten.engines.spec import ScorerSpec

    bundle = Bundle.from_pretrained(request.bundle)
    fpr = bundle.config["fpr"] if request.fpr is None else request.fpr
    bundle.judge(request.fast).thresholds.check(fpr)  # told before Ray starts, not by a worker
    spec = ScorerSpec(request.bundle, request.fpr, request.fast)
    tally = score_with_ray(
        request.inputs, request.output, spec, text_column=request.options.text, workers=request.workers or 1
    )
    say.print(summary(tally, fpr, f"{request.output}/rejects"), markup=False)
    return 1 if tally.rejects else 0


def _to_file(request: Request, output: str, files: Sequence[PostFile], scorer: NamedScorer, say: Console) -> int:
    with OutputFile(
        output,
        _settings(request, files, scorer),
        [file.source.name for file in files],
        format=request.format,
        columns=request.columns,
        rejects=request.rejects,
        spreadsheet=request.spreadsheet,
        types=_parquet_types(files),
        resume=request.resume,
        restart=request.restart,
    ) as sink:
        if request.resume:
            done = sink.tally.rows
            say.print(f"Going on after row {done:,}." if done else "Nothing to go on with; starting at the first row.")
        try:
            tally, code = _score(request, files, scorer, sink, say, sink.tally)
        except KeyboardInterrupt:  # the second Ctrl-C
            say.print("Stopped at once. Go on with the same command and --resume.")
            return 128 + signal.SIGINT
        if code:
            sink.commit()
            say.print(f"Stopped after {tally.rows:,} rows. Go on with the same command and --resume.")
            return code
        sink.finish()
    say.print(summary(tally, scorer.fpr, str(sink.rejects_path)), markup=False)
    return 1 if tally.rejects else 0


def _to_stdout(request: Request, files: Sequence[PostFile], scorer: NamedScorer, say: Console) -> int:
    need_stdout()
    names = [file.source.name for file in files]
    with suppress(OSError, ValueError):  # a stream of a test has no number
        refuse_inputs([sys.stdout.fileno()], names)
    terminal = sys.stdout.isatty()
    as_table = request.format == "table" or (request.format is None and terminal)
    shown = page()
    try:
        with _Rejects(request.rejects, names, say) as rejected:
            sink: Sink
            if as_table:
                sink, last = TableSink(shown), shown
            else:
                sink, last = _Lines(sys.stdout.buffer, request.columns, ascii_only=terminal), say
            tally, code = _score(request, files, scorer, _Both(sink, rejected), last)
        last.print(summary(tally, scorer.fpr, str(request.rejects or "")), markup=False)
    except BrokenPipeError:  # the reader (`| head`) has what it wanted
        drop_stdout()
        return 128 + signal.SIGPIPE
    except AutowrittenError:
        drop_stdout()
        raise
    if tally.rejects and request.quiet and not request.rejects:
        words().print(f"{tally.rejects.total():,} rows were rejected; --rejects FILE keeps them.")
    return code or (1 if tally.rejects else 0)


def _score(
    request: Request, files: Sequence[PostFile], scorer: NamedScorer, sink: Sink, console: Console,
    tally: Tally | None = None,
) -> tuple[Tally, int]:  # fmt: skip
    """Score with a progress bar, stoppable; return the tally and the exit code of a stop (0: none)."""
    live = request.output is None and any(file.source.size is None for file in files)
    with progress_bar(files, console, hidden=request.quiet) as watch, _stoppable() as stop:
        done = score_files(
            files, watch(scorer), sink, max_chars=request.options.max_chars, tally=tally, stop=lambda: bool(stop),
            pause=_PAUSE if live else None,
        )  # fmt: skip
    return done, 128 + stop[0] if done.stopped else 0


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Let the first Ctrl-C (or SIGTERM) only be noted, in the list given, and the second one act at once."""
    noted: list[int] = []
    before: dict[signal.Signals, Any] = {}

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)
        for each, handler in before.items():
            # A shell starts background jobs with Ctrl-C ignored; what we promise below must hold there too.
            ignored = each == signal.SIGINT and handler == signal.SIG_IGN
            signal.signal(each, signal.default_int_handler if ignored else handler)
        # os.write: a signal may come in the middle of a print
        os.write(2, b"\nStopping after this batch. Once more to stop at once.\n")

    with suppress(ValueError):  # only the main thread gets signals
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, note)
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Lines:
    """A sink that writes JSON lines to a stream as they come."""

    def __init__(self, out: IO[bytes], columns: Sequence[str], *, ascii_only: bool) -> None:
        self._out, self._columns, self._ascii_only = out, columns, ascii_only

    def write(self, rows: Sequence[tuple[Row, Columns, Score]], rejects: Sequence[Reject], tally: Tally) -> None:
        lines = [encode_line(scored_row(row.data, score, self._columns)) for row, _, score in rows]
        if self._ascii_only:  # a terminal acts on some characters that JSON may hold as they are
            lines = [json.dumps(json.loads(line)).encode() + b"\n" for line in lines]
        with explain_write_errors("standard output"):
            self._out.write(b"".join(lines))
            self._out.flush()


class _Rejects:
    """Rejects of a run without an output file: to a file of their own, or the first few shown on stderr."""

    def __init__(self, path: Path | None, inputs: Sequence[str], say: Console) -> None:
        self._path, self._say, self._shown = path, say, 0
        self._file: IO[bytes] | None = None
        self._unneeded: Path | None = None  # the file, if there should be none without rejects
        if path:
            target = resolve(path)
            refuse_inputs([target], inputs)
            if check_rejects(target) or not target.exists():
                self._unneeded = target
            with explain_write_errors(path):
                self._file = target.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._file:
            self._file.close()
            if self._unneeded and self._unneeded.stat().st_size == 0:
                self._unneeded.unlink()

    def write(self, rejects: Sequence[Reject]) -> None:
        if self._file and self._path:
            with explain_write_errors(self._path):
                self._file.write(b"".join(map(reject_to_json, rejects)))
                self._file.flush()
            return
        for reject in rejects[: max(0, _SHOWN_REJECTS - self._shown)]:
            self._shown += 1
            self._say.print(safe(f"rejected {reject.file}:{reject.line}: {reject.detail}"), markup=False)
            if self._shown == _SHOWN_REJECTS:
                self._say.print("No more are shown; --rejects FILE keeps them all.")


@dataclass(frozen=True, slots=True)
class _Both:
    """A sink that parts scored rows and rejects."""

    scored: Sink
    rejected: _Rejects

    def write(self, rows: Sequence[tuple[Row, Columns, Score]], rejects: Sequence[Reject], tally: Tally) -> None:
        self.scored.write(rows, rejects, tally)
        self.rejected.write(rejects)


def _check(request: Request, files: Sequence[PostFile], say: Console) -> None:
    """Refuse options that do not go together.

    Raises:
        UsageError: says which.
    """
    if request.output is None:
        if request.format not in (None, "jsonl", "table"):
            raise UsageError(f"--format {request.format} needs a file: give -o")
        for name, given in (("--resume", request.resume), ("--restart", request.restart)):
            if given:
                raise UsageError(f"{name} needs a file: give -o")
    if request.workers is not None:
        raise UsageError("--workers needs --engine ray")
    if request.resume and request.restart:
        raise UsageError("--resume and --restart are each other's opposite")
    if request.spreadsheet and (request.output is None or output_format(Path(request.output), request.format) != "csv"):
        raise UsageError("--spreadsheet is for CSV: give -o with a .csv name")
    known = {name for file in files for name in file.names}.union(SCORE_COLUMNS)
    unknown = [name for name in request.columns if name.removeprefix("input_") not in known]
    if unknown and not any(file.format in ("json", "jsonl") for file in files):
        raise UsageError(f"--columns: no column {unknown[0]!r}. The columns are: {', '.join(sorted(known))}")
    if unknown:  # a later row of JSON may well have it
        say.print(f"--columns: {unknown[0]!r} is in none of the first rows; it is null where a row lacks it.")


def _settings(request: Request, files: Sequence[PostFile], scorer: NamedScorer) -> dict[str, Any]:
    """Collect everything that shapes the output, under names that a message can use."""
    return {
        "autowritten": __version__,
        "inputs": [file.source.fingerprint() for file in files],
        "reading": [[file.format, file.encoding, file.delimiter, file.columns.text] for file in files],
        "model": [scorer.name, scorer.digest, request.bundle, request.lm],
        "--fpr": scorer.fpr,
        "--share-machine": scorer.share_machine,
        "--columns": request.columns,
        "--max-chars": request.options.max_chars,
        "batch": BATCH,
    }


def _parquet_types(files: Sequence[PostFile]) -> dict[str, Any]:
    """Collect the column types of Parquet inputs."""
    types: dict[str, Any] = {}
    for file in files:
        if file.format == "parquet":
            from autowritten.posts.read_parquet import parquet_types

            with file.source.open() as stream:
                types |= parquet_types(stream, file.source.name)
    return types
