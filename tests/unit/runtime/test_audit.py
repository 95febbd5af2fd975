from datetime import date
from pathlib import Path

import pytest

from crosschannel.runtime import audit
from crosschannel.runtime.audit import code_hash, inputs_of

BASE = {"settings": "s1", "as_of": date(2026, 3, 8), "seed": 7, "also": ""}


class FakeLake:
    """Versions of tables, without tables."""

    def __init__(self, **versions: int) -> None:
        self.versions = {name.replace("__", "."): version for name, version in versions.items()}

    def data_version(self, contract: object) -> int:
        return self.versions.get(contract.name, -1)  # type: ignore[attr-defined]


def manifest(lake: FakeLake, **different: object) -> str:
    return inputs_of("stitch_identities", lake, **{**BASE, **different}).manifest  # type: ignore[arg-type]


@pytest.mark.parametrize("different", [{"settings": "s2"}, {"as_of": date(2026, 3, 9)}, {"as_of": None}, {"seed": 8}, {"also": "champion 2"}])
def test_whatever_decides_the_result_changes_the_manifest(different: dict[str, object]) -> None:
    lake = FakeLake(silver__identifiers=3)
    assert manifest(lake) == manifest(lake)
    assert manifest(lake, **different) != manifest(lake)


def test_a_new_version_of_an_input_changes_the_manifest() -> None:
    assert manifest(FakeLake(silver__identifiers=3)) != manifest(FakeLake(silver__identifiers=4))


def test_a_jobs_own_tables_and_the_ops_layer_do_not_count_as_inputs_but_decisions_of_people_do() -> None:
    assert manifest(FakeLake(silver__identity_map=1, ops__files=1)) == manifest(FakeLake(silver__identity_map=2, ops__files=2))
    assert set(inputs_of("stitch_identities", FakeLake(), **BASE).versions) == {"silver.identifiers", "silver.profiles", "silver.consents", "ops.identity_actions"}  # type: ignore[arg-type]


def test_the_code_is_part_of_the_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = manifest(FakeLake())
    monkeypatch.setattr(audit, "code_hash", lambda: "other")
    assert manifest(FakeLake()) != before


def test_the_code_hash_covers_every_source_file() -> None:
    assert len(code_hash()) == 16
    assert code_hash() == code_hash.__wrapped__()
    assert len(list(Path(audit.__file__).parents[1].rglob("*.py"))) > 20
