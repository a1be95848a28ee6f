"""A script's scan on a Dask cluster: its worker runs the script, and has the numbers of one machine."""

from pathlib import Path

import pytest

from tests.cluster.test_dask import start_cluster
from tests.pytorch.test_torch_resume import folder, heights, scan

__all__ = ["folder"]


def test_a_cluster_has_the_same_numbers(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start_cluster(tmp_path_factory.mktemp("cluster"), 1)
    try:
        scan(folder)
        alone = heights(folder)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("empty")))
        scan(folder, executor=started.address)
        assert heights(folder) == alone
    finally:
        for process in (*started.workers, started.scheduler):
            process.kill()
            process.wait()
