import importlib.metadata
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from crosschannel.errors import PreflightError
from crosschannel.runtime import preflight
from crosschannel.runtime.preflight import (
    disk_problem,
    engine_problem,
    java_problem,
    java_version,
    pandas_problem,
    preflight as check_machine,
    worker_problem,
)

pytestmark = pytest.mark.fault(28)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def java_home(tmp_path: Path, version: str) -> str:
    """Make a JAVA_HOME whose java says it is of a version."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    return str(tmp_path)


def test_java_17_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", java_home(tmp_path, "17.0.15"))
    assert java_problem() is None


@pytest.mark.parametrize(("version", "major"), [("25.0.1", 25), ("21.0.2", 21), ("11.0.22", 11), ("1.8.0_392", 8)])
def test_another_java_is_refused_with_its_version_and_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, major: int) -> None:
    monkeypatch.setenv("JAVA_HOME", java_home(tmp_path, version))
    problem = java_problem() or ""
    assert problem.startswith(f"Java {major} at {tmp_path}")
    assert "install Java 17" in problem


def test_a_java_that_says_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = java_home(tmp_path, "17")
    (tmp_path / "bin" / "java").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    monkeypatch.setenv("JAVA_HOME", home)
    assert "of unknown version" in (java_problem() or "")


def test_a_java_home_without_java_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert f"JAVA_HOME is {tmp_path}, which has no bin/java" in (java_problem() or "")


def test_no_java_at_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no java is on the PATH; install Java 17" in (java_problem() or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_392"', 8), ('openjdk version "25" 2025-09-16', 25), ("command not found", None)],
)
def test_the_major_version_is_read(text: str, expected: int | None) -> None:
    assert java_version(text) == expected


def installed(monkeypatch: pytest.MonkeyPatch, **versions: str | None) -> None:
    found = {name.replace("_", "-"): version for name, version in versions.items()}
    monkeypatch.setattr(preflight, "_installed", found.get)


def test_the_tested_pair_is_taken() -> None:
    assert engine_problem() is None


def test_a_spark_distribution_brings_pyspark_without_an_installers_record_and_says_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", unknown)
    assert preflight._installed("pyspark") == preflight.TESTED_PAIR["pyspark"]
    assert preflight._installed("delta-spark") is None


@pytest.mark.parametrize(
    ("pyspark", "delta", "expected"),
    [
        ("4.1.3", "4.4.0", "pyspark 4.1.3 was not tested here"),
        ("4.1.4", "4.4.1", "delta-spark 4.4.1 was not tested here"),
        ("4.1.4", None, "delta-spark is missing and was not tested here"),
    ],
)
def test_an_untested_pair_is_refused_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch, pyspark: str, delta: str | None, expected: str
) -> None:
    installed(monkeypatch, pyspark=pyspark, delta_spark=delta)
    problem = engine_problem() or ""
    assert problem.startswith(expected)
    assert problem.endswith("pip install pyspark==4.1.4 delta-spark==4.4.0")


@pytest.mark.parametrize(("version", "refused"), [("2.3.3", False), ("3.0.0", True), (None, True)])
def test_pandas_3_is_refused(monkeypatch: pytest.MonkeyPatch, version: str | None, refused: bool) -> None:
    installed(monkeypatch, pandas=version)
    assert bool(pandas_problem()) is refused


def test_workers_that_would_use_another_python_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    monkeypatch.setenv("PYSPARK_PYTHON", shutil.which("sh") or "/bin/sh")
    assert f"workers would not use {sys.executable}" in (worker_problem() or "")


@pytest.mark.parametrize("chosen", [None, sys.executable])
def test_workers_with_this_python_are_taken(monkeypatch: pytest.MonkeyPatch, chosen: str | None) -> None:
    monkeypatch.delenv("PYSPARK_PYTHON", raising=False)
    if chosen:
        monkeypatch.setenv("PYSPARK_PYTHON", chosen)
    assert worker_problem() is None


def test_under_spark_submit_the_workers_python_is_the_submitters_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", "python3")
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    assert worker_problem() is None


def test_a_full_disk_is_refused_also_for_a_lake_that_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10, 10, 0) if Path(path).samefile(tmp_path) else Usage(0, 0, 10**13))
    assert f"only 0.0 GB are free at {tmp_path}" in (disk_problem(str(tmp_path / "new" / "lake")) or "")


def test_room_on_disk_is_taken_and_other_storage_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**13, 0, 10**13))
    assert disk_problem(str(tmp_path)) is None
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 0))
    assert disk_problem("s3a://bucket/lake") is None


def test_the_first_problem_stops_the_run_with_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(PreflightError, match="Java was not found") as refusal:
        check_machine(str(tmp_path))
    assert refusal.value.exit_code == 15
    assert "\n" not in str(refusal.value)
