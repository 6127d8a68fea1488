"""The factory: auto-writing software of every generation, for training and testing the detector.

`python -m training.generate` writes, `load` reads. The recipes are in README.md beside this file.
"""

from training.generate.store import HELD_OUT, load

__all__ = ["HELD_OUT", "load"]
