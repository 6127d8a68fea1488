"""Posts in files: read from any common export, written with their scores, nothing lost on the way.

    for file in open_posts(["posts.csv.gz", "more/*.jsonl"]):
        for item in file:                 # every row once: a Row, or a Reject that says why not
            ...

`PostFile` tells format, encoding, delimiter and columns; `score_files` runs a detector over files into a sink;
`OutputFile` is the sink that survives crashes.
"""

from __future__ import annotations

from autowritten.posts.columns import Columns, get_column, number, resolve_columns
from autowritten.posts.json_text import encode_line
from autowritten.posts.output import OutputFile
from autowritten.posts.read import FORMATS, PostFile, ReadOptions, open_posts
from autowritten.posts.rows import Reject, Row
from autowritten.posts.run import Scorer, Sink, Tally, score_files
from autowritten.posts.times import seconds
from autowritten.posts.write import OUTPUT_FORMATS, reject_to_json, scored_row
from autowritten.score import SCORE_COLUMNS

__all__ = [
    "FORMATS",
    "OUTPUT_FORMATS",
    "SCORE_COLUMNS",
    "Columns",
    "OutputFile",
    "PostFile",
    "ReadOptions",
    "Reject",
    "Row",
    "Scorer",
    "Sink",
    "Tally",
    "encode_line",
    "get_column",
    "number",
    "open_posts",
    "reject_to_json",
    "resolve_columns",
    "score_files",
    "scored_row",
    "seconds",
]
