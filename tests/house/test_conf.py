"""Every shipped project loads whole, and speaks of columns, sources and namespaces that exist."""

from pathlib import Path

import pytest

from crosschannel.io.session import read_properties
from crosschannel.settings.project import Project
from tests.support.code import ROOT

PROJECTS = sorted(p.parent for p in (ROOT / "conf").glob("*/identity.yaml"))
SPARK = sorted((ROOT / "conf/spark").glob("*.conf"))


PARTS = ("identity", "features", "labels", "segments", "scores", "values")


def test_the_demo_project_is_shipped_whole() -> None:
    assert {f"{part}.yaml" for part in PARTS} <= {p.name for p in (ROOT / "conf/demo").iterdir()}


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda p: p.name)
def test_every_file_of_a_shipped_project_loads(folder: Path) -> None:
    project = Project(folder)
    assert project.sources.model_dump_json()
    assert all(getattr(project, part).model_dump_json() for part in PARTS if (folder / f"{part}.yaml").is_file())


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda p: p.name)
def test_a_project_holds_known_files_only(folder: Path) -> None:
    known = {
        "identity.yaml", "consent.yaml", "features.yaml", "labels.yaml", "segments.yaml", "scores.yaml", "values.yaml",
        "holdouts.yaml", "playbook.yaml", "sources", "README.md",
    }  # fmt: skip
    assert {p.name for p in folder.iterdir()} <= known


@pytest.mark.parametrize("path", SPARK, ids=lambda p: p.name)
def test_spark_runs_in_utc_everywhere(path: Path) -> None:
    assert read_properties(path)["spark.sql.session.timeZone"] == "UTC"


def test_what_decides_a_result_is_the_same_on_a_laptop_and_on_a_cluster() -> None:
    local, cluster = (read_properties(ROOT / "conf/spark" / name) for name in ("local.conf", "cluster.conf"))
    decisive = {name for name in cluster if name.startswith("spark.sql.") and "parallel" not in name and "Cost" not in name}
    assert {name: local.get(name) for name in decisive} == {name: cluster[name] for name in decisive}
