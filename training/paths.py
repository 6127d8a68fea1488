"""Where training reads and keeps things."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """Return the folder of the labelled data: $AUTOWRITTEN_DATA, or ../shared/data beside the repository."""
    return Path(os.environ.get("AUTOWRITTEN_DATA") or REPOSITORY.parent / "shared" / "data")


def smoke() -> bool:
    """Return whether this is a run on toy settings, to see that every stage works: $AUTOWRITTEN_SMOKE."""
    return bool(os.environ.get("AUTOWRITTEN_SMOKE"))


def work_folder() -> Path:
    """Return the folder of intermediate files (never committed): $AUTOWRITTEN_WORK, or work/ in the repository."""
    folder = Path(os.environ.get("AUTOWRITTEN_WORK") or REPOSITORY / "work")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
