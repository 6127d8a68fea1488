"""The house: imports point downwards, no circle, no module too long to read, nothing but the package inside the package."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "autowritten"
LAYERS = (
    ("bundle_checks", "controls", "digest", "errors", "paced", "rates", "score", "stopping", "text"),
    ("language", "lm", "classifier", "features", "judging"),
    ("human_band",),
    ("fusion",),
    ("bundle", "posts"),
    ("tabular", "scored"),
    ("detector",),
    ("explain", "accounts", "calibration", "sequence_classifier"),
    ("campaigns",),
    ("evaluation", "engines"),
    ("report",),
    ("cli",),
    ("__main__",),
)
"""From the ground floor up. A room may import from its own floor and those below, and no two rooms import each other."""
LONGEST = 400
FLOOR = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_models" not in path.parts)


def room(module: str) -> str:
    """Return the room of `autowritten.room.more`, empty for the package itself."""
    return ".".join(module.split(".")[1:2])


def imported(path: Path) -> set[str]:
    """Return the rooms that a file imports from when it runs: not those named for the type checker alone."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            found.update(room(alias.name) for alias in node.names if alias.name.startswith("autowritten"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autowritten"):
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "autowritten"
                else [node.module]
            )
            found.update(name for name in map(room, names) if name in FLOOR)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text("utf-8")))
    return found - {""}


def own_room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_room_has_a_floor():
    assert {own_room(path) for path in FILES} - {"__init__"} == set(FLOOR)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_points_up(path):
    own = own_room(path)
    if own != "__init__":
        assert {name for name in imported(path) if FLOOR[name] > FLOOR[own]} == set()


def test_no_two_rooms_import_each_other():
    arrows = {(own_room(path), name) for path in FILES for name in imported(path)}
    assert [(a, b) for a, b in sorted(arrows) if a < b and (b, a) in arrows] == []


@pytest.mark.parametrize("folder", ["src", "benchmarks"])
def test_no_module_is_too_long_to_read(folder):
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")
    }
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_the_package_imports_neither_training_nor_benchmarks():
    for path in FILES:
        text = path.read_text("utf-8")
        assert "import training" not in text
        assert "import benchmarks" not in text
        assert "from training" not in text
        assert "from benchmarks" not in text
