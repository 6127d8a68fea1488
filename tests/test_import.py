"""`import autowritten` is light: the heavy libraries come when a detector does."""

import subprocess
import sys

import pytest

import autowritten

HEAVY = ("torch", "transformers", "numpy", "pandas", "pyarrow", "py3langid")


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.split()


def test_import_is_light():
    assert python(f"import sys, autowritten; print(*(m for m in {HEAVY} if m in sys.modules))") == []


def test_scores_vocabulary_is_light():
    code = f"import sys; from autowritten import Score, Verdict; print(*(m for m in {HEAVY} if m in sys.modules))"
    assert python(code) == []


def test_public_names():
    for name in autowritten.__all__:
        if name != "Detector":
            assert getattr(autowritten, name)
    with pytest.raises(AttributeError, match="no attribute 'detector_of_lies'"):
        _ = autowritten.detector_of_lies
