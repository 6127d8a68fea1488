"""The metrics as modules of the `evaluate` library: `evaluate.load(autowritten.evaluation.modules.path("ranking"))`.

Each file is thin over `autowritten.evaluation.metrics` and holds one family. They load offline, from this folder.
Their imports stand one a line, because the loader of `evaluate` reads them with a regular expression and takes
`import datasets, evaluate` for a package named "datasets,".
"""

from __future__ import annotations

from pathlib import Path

NAMES = ("calibration", "decision", "ranking")
"""The metric families on offer."""


def path(name: str) -> str:
    """Return the file of a metric family, for `evaluate.load`.

    Raises:
        ValueError: there is no such family.
    """
    if name not in NAMES:
        raise ValueError(f"no metric module {name!r}; there are {', '.join(NAMES)}")
    return str(Path(__file__).with_name(f"{name}.py"))
