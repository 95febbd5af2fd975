"""The bill of materials says what the lock pins, and every licence is one the project may depend on."""

import json
import re

from crosschannel.io.jars import JARS, KAFKA_JARS
from crosschannel.jobs.write_sbom import BY_FILE, FREE, LICENCES, LOCK, PIN, SBOM, generated
from tests.support.code import ROOT


def test_the_bill_of_materials_and_the_list_of_licences_are_in_step() -> None:
    for name, content in generated(ROOT).items():
        assert (ROOT / name).read_text(encoding="utf-8") == content, f"{name} is out of step: run make sbom"


def test_it_names_every_pin_of_the_lock_and_every_jar_with_its_digest() -> None:
    components = json.loads((ROOT / SBOM).read_text(encoding="utf-8"))["components"]
    pinned = {(name, version) for name, version, _ in PIN.findall((ROOT / LOCK).read_text(encoding="utf-8"))}
    assert pinned
    assert {(c["name"], c["version"]) for c in components if "purl" in c} == pinned
    assert {c["bom-ref"]: c["hashes"][0]["content"] for c in components if "hashes" in c} == JARS | KAFKA_JARS


def test_no_licence_is_proprietary_or_carries_over() -> None:
    rows = re.findall(r"^\| [\w.-]+ \| [\w.]+ \| ([^|]+) \|", (ROOT / LICENCES).read_text(encoding="utf-8"), re.MULTILINE)
    names = {name for row in rows for name in re.split(r" (?:AND|OR) ", row)} - {"Licence"}
    assert len(rows) > 100
    assert names <= FREE | BY_FILE
