"""No pickle and no code from a model or a file: in the source, in the bundle, and while the program runs."""

# ruff: noqa: S603 - the process started here is this very program

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autowritten.bundle import DEFAULT, shipped

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "runpy", "code"}
CALLS = {"eval", "exec", "compile", "__import__"}

# Read a bundle, score, read and write every format, with nothing that may be unpickled.
RUN = """
import io, json, pickle, sys
from pathlib import Path
def refuse(*a, **k):
    raise SystemExit("something was unpickled")
class Refused(pickle.Unpickler):
    def __init__(self, *a, **k):
        refuse()
pickle.load = pickle.loads = refuse
pickle.Unpickler = pickle._Unpickler = Refused
import torch
torch.load = refuse
import numpy as np
np.load, load = (lambda *a, allow_pickle=False, **k: refuse() if allow_pickle else load(*a, **k)), np.load
from typer.testing import CliRunner
from autowritten.cli import app, score
from autowritten.bundle import Bundle
from autowritten.lm import backbone as backbones
lm, bundle, work = map(Path, sys.argv[1:])
backbones.dense_copy = lambda source: lm
source = work / "posts.jsonl"
source.write_text(json.dumps({"text": "the charger at the station broke down again"}) + "\\n")
for out in ("a.parquet", "a.csv", "a.jsonl"):
    done = CliRunner().invoke(app, ["score", str(source), "-o", str(work / out), "--bundle", str(bundle)])
    assert done.exit_code == 0, (done.output, done.exception)
    source = work / out
print(source.read_text())
"""


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_the_source_neither_unpickles_nor_runs_text(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert MODULES.isdisjoint(imported(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        assert name not in CALLS, f"{path}:{node.lineno}: {name}"
        assert name not in ("torch.load", "np.load", "numpy.load"), f"{path}:{node.lineno}: {name}"
        options = {word.arg: ast.unparse(word.value) for word in node.keywords}
        assert options.get("trust_remote_code", "False") == "False", f"{path}:{node.lineno}"
        assert options.get("allow_pickle", "False") == "False", f"{path}:{node.lineno}"
        assert options.get("shell", "False") == "False", f"{path}:{node.lineno}"
        if name.endswith("ForCausalLM.from_pretrained") and "gguf_file" not in options:
            assert options.get("use_safetensors") == "True", f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", sorted(shipped().glob("*/*")), ids=lambda path: path.name)
def test_the_shipped_bundles_hold_plain_data(path):
    data = path.read_bytes()
    if path.suffix == ".safetensors":
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + size])
        header.pop("__metadata__", None)
        # Every byte belongs to a tensor: nothing is hidden behind or between them.
        spans = sorted(entry["data_offsets"] for entry in header.values())
        assert [0, *(end for _, end in spans)] == [*(start for start, _ in spans), len(data) - 8 - size]
    elif path.suffix == ".json":
        json.loads(data)
    else:
        assert path.name in ("MODEL_CARD.md", "NOTICE")
        data.decode("utf-8")


def test_nothing_is_unpickled_while_the_program_runs(bundle, gemma_folder, tmp_path):
    bundle.save_pretrained(tmp_path / "tiny")
    (tmp_path / "work").mkdir()
    command = [sys.executable, "-c", RUN, str(gemma_folder), str(tmp_path / "tiny"), str(tmp_path / "work")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "probability" in done.stdout


EVIL = """
import sys
from autowritten import Detector
from autowritten.errors import AutowrittenError
try:
    Detector.load(sys.argv[1])
except AutowrittenError as error:
    print("refused:", error)
else:
    print("loaded")
"""


@pytest.mark.parametrize(
    "change",
    [
        {"package": "evilmod", "name": "other-lm"}, {"package": "this"}, {"package": "antigravity"}, {"name": "../../lm"},
        {"name": "/x/lm"}, {"file": "../x"}, {"sha256": "0" * 64},
    ],
)  # fmt: skip
def test_nothing_that_a_bundle_names_is_imported_or_opened(tmp_path, change):
    """With the real loading: a copy of the shipped bundle that names a module beside it, or a path."""
    shutil.copytree(shipped() / DEFAULT, tmp_path / "x")
    config = json.loads((tmp_path / "x" / "config.json").read_text())
    config["backbone"] |= change
    (tmp_path / "x" / "config.json").write_text(json.dumps(config))
    (tmp_path / "evilmod.py").write_text("open('ran', 'w').close()\ndef chunk_paths(): return []\n")
    done = subprocess.run([sys.executable, "-c", EVIL, "x"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("refused: the bundle names another language model"), done.stdout
    assert "Zen of Python" not in done.stdout
    assert not (tmp_path / "ran").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evilmod.py", "x"]
