"""Lets these tests import the stub scorer of `tests/posts`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "posts"))
