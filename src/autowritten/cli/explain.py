"""`autowritten explain`: the evidence behind the verdict on one post."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autowritten.cli.console import need_stdout, page
from autowritten.errors import AutowrittenError, UsageError

if TYPE_CHECKING:
    from autowritten.detector import Detector


def explain(
    post: Annotated[
        str, typer.Argument(metavar="POST", help="The post, or - for stdin; with --id the file that it is in.")
    ],
    ident: Annotated[
        str | None,
        typer.Option("--id", help="Explain the post with this id in the file POST, or FILE:LINE if it has none."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column with the post. Guessed if not given.")] = None,
    json: Annotated[bool, typer.Option("--json", help="All of it as one JSON object.")] = False,
    fpr: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="False-positive rate of the verdict. (default: the bundle's)"),
    ] = None,
    bundle: Annotated[str | None, typer.Option(help="Model bundle: a name or a folder.")] = None,
) -> None:
    """Show the evidence behind the verdict on one post.

    The post with every word shaded by how well the language model foresaw it; which way classifier and perplexity pull, beside
    human posts of the same language and length; the words that pull the classifier the most; how often such a verdict is
    wrong; what would change it.
    """
    from autowritten.explain.evidence import gather
    from autowritten.explain.occlusion import LONGEST, attribute
    from autowritten.posts import encode_line
    from autowritten.report.shading import words
    from autowritten.report.terminal.explanation import as_dict, show

    need_stdout()
    found = _read(post) if ident is None else _find(post, ident, text)
    detector = _load(bundle, fpr)
    explanation = detector.explain(found)
    evidence = gather(detector.bundle, explanation)
    short = explanation.score.tokens <= LONGEST
    pieces = [word.text for word in words(explanation.tokens)] if evidence and short else []
    influences = attribute(pieces, detector.classifier_logits)
    if json:
        sys.stdout.buffer.write(encode_line(as_dict(explanation, evidence, influences, ident)))
    else:
        show(page(), explanation, evidence, influences, ident or "")


def _read(post: str) -> str:
    """Return the text given, or that of stdin."""
    if post == "-":
        if sys.stdin is None:
            raise AutowrittenError("-: can't be read: standard input is closed")
        return sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\r\n")
    if os.path.isfile(post):
        raise UsageError(f"{post} is a file: say which of its posts with --id")
    return post


def _find(file: str, ident: str, text: str | None) -> Any:  # noqa: ANN401 - a post in a file may be no text
    """Return the first post of a file that has an id, or stands on that line of it.

    Raises:
        UsageError: there is none, or it can't be read.
    """
    from autowritten.posts import ReadOptions, Reject, get_column, open_posts

    for source in open_posts([file], ReadOptions(text)):
        for item in source:
            here = f"{source.source.name}:{item.line}" == ident
            if isinstance(item, Reject):
                if here:
                    raise UsageError(f"{ident}: {item.detail}")
                continue
            own = get_column(item.data, source.columns.id)
            if here or (own is not None and str(own) == ident):
                return get_column(item.data, source.columns.text)
    raise UsageError(f"{file}: no post with the id {ident!r}")


def _load(bundle: str | None, fpr: float | None) -> Detector:
    from autowritten.detector import Detector

    return Detector.load(bundle, fpr=fpr)
