"""A real Ray on this machine, of two workers and a place for reading and writing."""

import sys
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)
sys.path.append(HERE)


@pytest.fixture(scope="session")
def cluster():
    ray = pytest.importorskip("ray", reason='Ray is not installed: pip install "autowritten[ray]"')
    settings = {
        "PYTHONPATH": HERE,  # the workers import the stub spec too
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_BACKEND_LOG_LEVEL": "fatal",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        ray.init(
            "local", num_cpus=3, include_dashboard=False, object_store_memory=256 << 20, log_to_driver=False,
            logging_level="ERROR",
        )  # fmt: skip
        yield ray
        ray.shutdown()
