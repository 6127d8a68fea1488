"""Lets these tests import the stub scorer of `tests/posts`, and keeps the full size for `pytest -m faults`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "posts"))


def pytest_collection_modifyitems(config, items):
    """Leave the full-size tests out unless markers are asked for."""
    if not config.option.markexpr:
        full = [item for item in items if item.get_closest_marker("faults")]
        config.hook.pytest_deselected(items=full)
        items[:] = [item for item in items if item not in full]
