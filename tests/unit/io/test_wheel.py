"""The wheel installs and runs, is the same each time, and can be put together again from what it installed."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from crosschannel.io.packing import sha256_of
from crosschannel.io.wheel import requirements_in, write_wheel
from tests.support.code import ROOT, SRC

AGAIN = "import sys, pathlib; from crosschannel.io.wheel import write_wheel; print(write_wheel(pathlib.Path(sys.argv[1])))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wheel(tmp_path_factory.mktemp("wheel"))


def test_it_holds_the_package_and_its_configuration_and_requires_what_the_project_declares(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"crosschannel/{p.relative_to(SRC)}" for p in SRC.rglob("*.py")} <= names
    assert {"crosschannel/conf/spark/submit.sh", "crosschannel/conf/demo/identity.yaml"} <= names
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    first = {d.lower().replace(">", "=").split("=")[0] for d in declared}
    assert {r.replace("<", "=").replace(">", "=").split("=")[0] for r in requirements_in(wheel)} == first


def test_the_same_sources_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert sha256_of(write_wheel(tmp_path)) == sha256_of(wheel)


def test_it_installs_without_a_network_and_what_it_installed_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    place, again = tmp_path / "site", tmp_path / "again"
    again.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--target", str(place), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, text=True)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONPATH": str(place)}
    done = subprocess.run([sys.executable, "-c", AGAIN, str(again)], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(done.stdout.strip()) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())
        assert all(first.read(n) == second.read(n) for n in first.namelist() if not n.endswith("RECORD"))
        assert {line.rsplit(",", 1)[0] for line in first.read(_record(first)).decode().splitlines()} == {
            line.rsplit(",", 1)[0] for line in second.read(_record(second)).decode().splitlines()
        }


def _record(archive: zipfile.ZipFile) -> str:
    return next(n for n in archive.namelist() if n.endswith(".dist-info/RECORD"))
