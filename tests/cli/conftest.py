"""Lets these tests import the stub scorer of `tests/posts`, and gives them scored files."""

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "posts"))


@pytest.fixture
def scored_file(bundle, tmp_path, monkeypatch):
    """Return what writes rows as `scores.jsonl`, in a folder that is the current one, beside the bundle `base`."""
    monkeypatch.chdir(tmp_path)
    bundle.save_pretrained("base")

    def write(rows):
        path = Path("scores.jsonl")
        path.write_text("".join(json.dumps(each) + "\n" for each in rows))
        return path

    return write
