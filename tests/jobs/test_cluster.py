"""A real standalone cluster publishes what one machine publishes, to the last bit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crosschannel.jobs.bundle import bundle
from crosschannel.settings.project import Project
from tests.jobs.conftest import DAYS, PEOPLE  # with fewer people trees lose against a regression, and are refused
from tests.support.code import ROOT


@pytest.mark.cluster
def test_every_job_by_spark_submit_publishes_the_same_rows_as_a_local_run(tmp_path: Path) -> None:
    # A process of its own: this one's session would share two cores and its JVM options.
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cluster_demo", "--people", str(PEOPLE), "--days", str(DAYS), "--out", str(tmp_path / "cluster")],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "equal to the last bit" in done.stdout
    assert "rows differ" not in done.stdout
    whole = tmp_path / "cluster/bundle"
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=whole, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=whole / "jars", check=True)
    manifest = json.loads((whole / "manifest.json").read_text())
    shutil.rmtree(tmp_path / "cluster/cluster")
    assert bundle(Project(tmp_path / "cluster/conf"), whole, lambda _: None) == manifest  # made again over itself: the same bytes
    packages = {name.lower() for name in manifest["packages"]}
    assert "rapidfuzz" in packages  # what workers import comes from what the wheel declares
    assert not {"pyspark", "mlflow"} & packages
    shutil.rmtree(whole)
