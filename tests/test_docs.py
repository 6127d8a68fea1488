"""The pages in docs say what the program does: its help, its commands, its names; their links lead somewhere."""

import re
from dataclasses import fields

import pytest

import autowritten
from autowritten.score import Explanation, Reason, Score, SurprisalSummary, TokenEvidence, Verdict
from tests.update_docs import CLI_PAGE, ROOT, blocks, commands, help_text

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
# Written by `benchmarks.quality` and `training.train`; not there until these have run.
GENERATED = {ROOT / "docs" / "quality.md", ROOT / "models" / "autowritten-1" / "MODEL_CARD.md"}

FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)[^\n]*\n(?P<code>.*?)^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<words>.+)$", re.MULTILINE)
INLINE_CODE = re.compile(r"`[^`\n]*`")


def read(page):
    return page.read_text(encoding="utf-8")


def anchors(page):
    """Return the anchors GitHub gives the headings of a page."""
    words = [match["words"].lower() for match in HEADING.finditer(FENCE.sub("", read(page)))]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in words}


def links(text):
    prose = INLINE_CODE.sub("", FENCE.sub("", text))
    targets = [match["target"] for match in LINK.finditer(prose)]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


@pytest.mark.parametrize("path", commands(), ids=lambda path: " ".join(path) or "autowritten")
def test_help_on_the_page_is_the_real_one(path):
    shown = blocks(read(CLI_PAGE))
    assert path in shown, f"docs/cli.md lacks <!-- help: {' '.join(path)} -->"
    assert shown[path] == help_text(path), "docs/cli.md is out of step: python -m tests.update_docs"


def test_no_command_on_the_page_that_is_gone():
    assert set(blocks(read(CLI_PAGE))) <= set(commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in links(read(page)):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if file in GENERATED and not file.exists():
            continue
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_compile(page):
    for match in FENCE.finditer(read(page)):
        if match["kind"] == "python":
            lines = [line.removeprefix(match["indent"]) for line in match["code"].splitlines()]
            compile("\n".join(lines), str(page), "exec")


def test_every_public_name_is_on_the_python_page():
    page = read(ROOT / "docs" / "python.md")
    shapes = (Score, SurprisalSummary, Explanation, TokenEvidence)
    names = {*autowritten.__all__, *Verdict, *Reason, *(field.name for shape in shapes for field in fields(shape))}
    methods = {
        *("load", "from_pretrained", "score", "score_many", "score_dataset", "score_frame", "score_table", "explain"),
        *("predict", "predict_proba", "decision_function", "as_dict", "as_row"),
    }
    lacking = sorted(name for name in names | methods if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", page))
    assert lacking == []
