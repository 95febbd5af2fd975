"""What is installed is pinned by hash, and the pins agree wherever they are written."""

import re
import tomllib

import pytest

from crosschannel.io.jars import COORDINATE, JARS
from crosschannel.runtime.preflight import TESTED_PAIR
from tests.support.code import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ \\;]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_a_lock_pins_every_package_by_hash_and_names_no_address(lock) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    assert entries
    assert all(PIN.match(e) and "--hash=sha256:" in e for e in entries if e.strip())
    assert not re.search(r"://|--index-url|--extra-index-url|--find-links|--trusted-host", text)


def test_the_development_lock_holds_the_runtime_lock_unchanged() -> None:
    runtime, dev = pins("runtime.lock"), pins("dev.lock")
    assert {name: dev.get(name) for name in runtime} == runtime


def test_the_engine_pins_agree_in_lock_project_and_preflight() -> None:
    runtime = pins("runtime.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {name: runtime[name] for name in TESTED_PAIR} == TESTED_PAIR
    assert {f"{name}=={version}" for name, version in TESTED_PAIR.items()} <= set(project["dependencies"])


def test_the_jars_are_those_of_the_pinned_pair() -> None:
    version = TESTED_PAIR["delta-spark"]
    assert COORDINATE.endswith(f":{version}")
    assert all(name.endswith(f"-{version}.jar") for name in JARS)
    assert COORDINATE.split(":")[1] == f"delta-spark_{'.'.join(TESTED_PAIR['pyspark'].split('.')[:2])}_2.13"
    assert all(name in (ROOT / "conf/spark/local.conf").read_text(encoding="utf-8") for name in JARS)
