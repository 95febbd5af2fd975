"""What lies in a bundle besides the packages, and how its script calls spark-submit; the whole is made in tests/jobs/test_cluster.py."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.io.session import read_properties
from crosschannel.jobs.bundle import _add_launchers, bundle
from crosschannel.jobs.chain import ORDER
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

RECORDER = """#!/usr/bin/env bash
printf '%s\\n' "$CROSSCHANNEL_PIPELINE_ID" "$@" >> "$CALLS"
echo -- >> "$CALLS"
case "$*" in *"$FAILS"*) exit 10 ;; esac
"""


@pytest.fixture
def made(tmp_path: Path) -> Path:
    (tmp_path / "jars").mkdir()
    for name in ("a.jar", "b.jar"):
        (tmp_path / "jars" / name).touch()
    (tmp_path / "spark/bin").mkdir(parents=True)
    (tmp_path / "spark/bin/spark-submit").write_text(RECORDER)
    (tmp_path / "spark/bin/spark-submit").chmod(0o755)
    _add_launchers(tmp_path)
    return tmp_path


def called(made: Path, *arguments: str, fails: str = "nothing", **environment: str) -> tuple[int, list[list[str]], str]:
    calls = made / "calls"
    calls.unlink(missing_ok=True)
    given = {"PATH": os.environ["PATH"], "SPARK_HOME": str(made / "spark"), "CALLS": str(calls), "FAILS": fails, "CROSSCHANNEL_PIPELINE_ID": "night-1", **environment}
    done = subprocess.run([str(made / "submit.sh"), *arguments], env=given, cwd="/", capture_output=True, text=True, check=False)
    said = calls.read_text().split("--\n")[:-1] if calls.exists() else []
    return done.returncode, [call.splitlines() for call in said], done.stderr


def test_a_launcher_per_job_in_their_order_that_hands_its_job_to_the_runtime(made: Path) -> None:
    assert (made / "jobs/ORDER").read_text().split() == list(ORDER)
    for name in ORDER:
        tree = ast.parse((made / f"jobs/{name}.py").read_text())
        assert ast.get_docstring(tree)
        assert f"crosschannel.jobs.{name}" in {n.module for n in tree.body if isinstance(n, ast.ImportFrom)}


def test_the_properties_are_those_of_a_cluster_and_name_the_environment_of_workers(made: Path) -> None:
    found, cluster = read_properties(made / "spark.conf"), read_properties(shipped_conf("spark/cluster.conf"))
    assert {name: found[name] for name in cluster} == cluster
    assert found["spark.executorEnv.PYTHONPATH"] == "./deps"


def test_a_job_is_submitted_with_everything_beside_the_script_and_ends_with_its_code(made: Path) -> None:
    code, calls, _ = called(made, "--master", "yarn", "--conf", "a=b c", "--", "train_scores", "--lake", "/shared/my lake", PYSPARK_DRIVER_PYTHON="py")
    here = str(made)
    expected = [
        "--properties-file", f"{here}/spark.conf", "--jars", f"{here}/jars/a.jar,{here}/jars/b.jar", "--py-files", f"{here}/crosschannel.zip",
        "--archives", f"{here}/deps.tar#deps", "--conf", "spark.pyspark.driver.python=py", "--master", "yarn", "--conf", "a=b c",
        f"{here}/jobs/train_scores.py", "--lake", "/shared/my lake",
    ]  # fmt: skip
    assert (code, calls) == (0, [["night-1", *expected]])
    assert called(made, "--", "train_scores", fails="train_scores")[0] == 10


def test_all_submits_every_job_in_order_as_one_run_up_to_the_first_that_fails(made: Path) -> None:
    code, calls, _ = called(made, "--", "all", "--lake", "x", CROSSCHANNEL_PIPELINE_ID="")
    assert code == 0
    assert [Path(next(a for a in c if "/jobs/" in a)).stem for c in calls] == list(ORDER)
    assert len({c[0] for c in calls}) == 1
    assert calls[0][0]
    code, calls, _ = called(made, "--", "all", fails=f"{ORDER[2]}.py")
    assert (code, len(calls)) == (10, 3)


@pytest.mark.parametrize("arguments", [(), ("--master", "yarn"), ("--", "no_such_job"), ("ingest_events",)])
def test_a_call_without_a_job_says_which_there_are_and_submits_nothing(made: Path, arguments: tuple[str, ...]) -> None:
    code, calls, said = called(made, *arguments)
    assert (code, calls) == (2, [])
    assert "JOB is all or one of: ingest_events" in said


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(UsageError, match="is there and is no bundle"):
        bundle(Project(shipped_conf("demo")), tmp_path, lambda _: None)
    assert (tmp_path / "precious").exists()
