"""Ray Data: posts scored on as many machines as a Ray cluster has.

    ds = score_dataset(ray.data.read_parquet("s3://bucket/posts/"), ScorerSpec(fast=True), workers=64)

`score_files` is what `autowritten score --engine ray` does. Needs the extra `ray`.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import ray
from pyarrow.fs import FileSelector, FileSystem, LocalFileSystem
from ray.data import ActorPoolStrategy, DataContext
from ray.data.block import BlockAccessor
from ray.data.datasource import Datasink

from autowritten.engines.spec import ScorerSpec
from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts.columns import resolve_columns
from autowritten.posts.run import BATCH, Tally
from autowritten.score import SCORE_COLUMNS, free_names

if TYPE_CHECKING:
    from ray.data import Dataset
    from ray.data.datasource import WriteResult

BLOCK = 2 * BATCH
"""Posts of one task: what is scored again when a worker dies. A multiple of `BATCH`; see `ScorerSpec.score_batch`."""
SHARD = 64 * BLOCK
"""Rows of an output file, some 5 MB."""
_REJECTED = pa.array(["not_text", "too_long"])


def score_dataset(
    ds: Dataset,
    spec: ScorerSpec | None = None,
    *,
    text_column: str | None = None,
    workers: int = 1,
    batch_size: int = BLOCK,
) -> Dataset:
    """Return a Ray dataset with the scores as further columns, in the order of the rows.

    Each worker is an actor with the model in it, on a core of its own, or on a GPU where the cluster has any. Ray starts a
    dead one anew and gives it the batches that it had not done.

    Args:
        ds: with a column of posts. One that already has the name of a score's column stays, as `input_` and its name.
        spec: the detector; None for the default one.
        text_column: name of the posts' column; None to guess.
        workers: how many.
        batch_size: posts of one task, a multiple of `BATCH`. The scores are those of `autowritten score` to the byte, on like
            machines, if the rows are given in the same order.

    Raises:
        UsageError: no such column, or none that looks like the post.
    """
    spec = spec or ScorerSpec()
    names = ds.schema().names
    text = resolve_columns(names, text=text_column).text
    if text not in names:
        raise UsageError(f"{text!r} reaches into a column, which Ray does not: make a column of it")
    ds.context.execution_options.preserve_order = True
    gpus = 1 if ray.cluster_resources().get("GPU") else 0  # type: ignore[no-untyped-call]
    # Blocks of exactly this many rows, so that batches are the same whatever files and row groups the posts come in.
    blocks = ds.repartition(target_num_rows_per_block=batch_size, strict=True)
    return blocks.map_batches(
        _Worker,
        fn_constructor_args=(spec, text),
        batch_size=None,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(size=workers),
        num_cpus=1,
        num_gpus=gpus,
    )


def score_files(
    inputs: Sequence[str], output: str, spec: ScorerSpec, *, text_column: str | None = None, workers: int = 1
) -> Tally:
    """Score files into a folder of Parquet shards: `scores/` and, of rows without a post, `rejects/`.

    `_SUCCESS` is written when all are whole.

    Args:
        inputs: Parquet, JSON lines or CSV: files or folders, local or of an object store.
        output: a folder, new or empty.
        spec: the detector.
        text_column: name of the posts' column; None to guess.
        workers: how many.

    Returns:
        What was done.

    Raises:
        UsageError: inputs of another kind, no text column, an output folder that holds something.
        AutowrittenError: something can't be read, loaded or written.
    """
    try:
        filesystem, folder = _place(output)
        if filesystem.get_file_info(FileSelector(folder, allow_not_found=True)):
            raise UsageError(f"{output}: is not empty; name a new folder")
        _start(workers)
        start = time.monotonic()
        shards = _Shards(filesystem, folder)
        score_dataset(read(inputs), spec, text_column=text_column, workers=workers).write_datasink(shards)
    except AutowrittenError:
        raise
    except (ray.exceptions.RayError, pa.ArrowException, OSError, ValueError) as error:
        raise AutowrittenError(f"Ray could not finish: {_last_line(error)}") from error
    shards.tally.seconds = time.monotonic() - start
    return shards.tally


def read(inputs: Sequence[str]) -> Dataset:
    """Read files of one format, told by their extension; a folder is of Parquet.

    Raises:
        UsageError: another format, or more than one.
    """
    kinds = {_kind(name) for name in inputs}
    if kinds == {"parquet"}:
        return ray.data.read_parquet(list(inputs))
    if kinds == {"json"}:
        return ray.data.read_json(list(inputs), file_extensions=None)
    if kinds == {"csv"}:
        from pyarrow import csv

        # Every cell as text, as `autowritten score` has it: an id of 007 is no number.
        options: dict[str, Any] = {"parse_options": csv.ParseOptions(newlines_in_values=True), "file_extensions": None}
        names = ray.data.read_csv(list(inputs), **options).schema().names
        text = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        return ray.data.read_csv(list(inputs), convert_options=text, **options)
    raise UsageError(f"Ray reads .parquet, .jsonl or .csv, one of them a run; not {', '.join(inputs)}")


class _Worker:
    """An actor: the model, opened once."""

    def __init__(self, spec: ScorerSpec, text: str) -> None:
        self._spec, self._text = spec, text
        spec.load()

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the rows with their scores."""
        scores = self._spec.score_batch(_posts(table[self._text]))
        table = table.rename_columns(list(free_names(table.column_names).values()))
        for name in scores.schema.names:
            table = table.append_column(name, scores[name])
        return table


class _Shards(Datasink[tuple[Counter[str], Counter[str]]]):
    """Writes blocks as Parquet files named by the write task, so that one done again overwrites what it left.

    Attributes:
        tally: what was written, once all is.
    """

    def __init__(self, filesystem: FileSystem, folder: str) -> None:
        self._filesystem, self._folder = filesystem, folder
        self.tally = Tally()

    @property
    def min_rows_per_write(self) -> int:
        """Return how many rows a file has."""
        return SHARD

    def write(self, blocks: Iterable[Any], ctx: Any) -> tuple[Counter[str], Counter[str]]:  # noqa: ANN401 - Ray's types
        """Write one file of scores and, where there are rejects, one of these; return verdicts and reasons."""
        import pyarrow.parquet as pq

        table = pa.concat_tables(
            [BlockAccessor.for_block(block).to_arrow() for block in blocks], promote_options="permissive"
        )
        rejected = pc.is_in(table["reason"], _REJECTED)
        scores, rejects = table.filter(pc.invert(rejected)), table.filter(rejected)
        kept = [name for name in table.column_names if name not in SCORE_COLUMNS]
        for name, part in (("scores", scores), ("rejects", rejects.select([*kept, "reason"]))):
            if part.num_rows:
                self._filesystem.create_dir(f"{self._folder}/{name}")
                path = f"{self._folder}/{name}/part-{ctx.task_idx:06}.parquet"
                pq.write_table(part, path, filesystem=self._filesystem, compression="zstd")
        return Counter(scores["verdict"].to_pylist()), Counter(rejects["reason"].to_pylist())

    def on_write_complete(self, write_result: WriteResult[tuple[Counter[str], Counter[str]]]) -> None:
        """Count, and say that all is whole."""
        for verdicts, rejects in write_result.write_returns:
            self.tally.verdicts += verdicts
            self.tally.rejects += rejects
        self.tally.scored_now = self.tally.verdicts.total()
        self.tally.rows = self.tally.scored_now + self.tally.rejects.total()
        self._filesystem.create_dir(self._folder)
        self._filesystem.open_output_stream(f"{self._folder}/_SUCCESS").close()


def _start(workers: int) -> None:
    """Start Ray on this machine, or join the cluster that $RAY_ADDRESS names."""
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    here = not os.environ.get("RAY_ADDRESS")
    # One place more than workers: for reading and writing, which cost little.
    own: dict[str, Any] = {"address": "local", "num_cpus": workers + 1, "include_dashboard": False}
    ray.init(log_to_driver=False, logging_level=logging.ERROR, **(own if here else {}))
    DataContext.get_current().enable_progress_bars = sys.stderr.isatty()


def _place(output: str) -> tuple[FileSystem, str]:
    """Return the file system of a path or URI, and the path in it."""
    if "://" in output:
        return FileSystem.from_uri(output)  # type: ignore[no-any-return]
    return LocalFileSystem(), str(Path(output).resolve())


def _kind(name: str) -> str:
    suffixes = [suffix for suffix in Path(name).suffixes if suffix not in (".gz", ".zst")]
    kinds = {
        ".parquet": "parquet",
        ".pq": "parquet",
        ".jsonl": "json",
        ".ndjson": "json",
        ".json": "json",
        ".csv": "csv",
    }
    return kinds.get(suffixes[-1].lower(), "") if suffixes else "parquet"


def _posts(column: pa.ChunkedArray) -> list[object]:
    """Return a column as Python values; bytes that are no UTF-8 stay bytes, which are no text."""
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)):
        return column.to_pylist()  # type: ignore[no-any-return]
    return [cell if cell is None else _text(cell) for cell in column.cast(pa.large_binary()).to_pylist()]


def _text(cell: bytes) -> str | bytes:
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell


def _last_line(error: BaseException) -> str:
    """Return the last line of an error, which is where Ray puts what a worker said."""
    return str(error).strip().splitlines()[-1]
