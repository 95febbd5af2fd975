"""What stops a map from being published."""

from __future__ import annotations

from crosschannel.identity.gate import measures_of
from crosschannel.identity.naming import NOTHING_CONTESTED, Naming, Overlap, settle_names
from crosschannel.settings.identity import Gate, IdentitySettings, Namespace

SETTINGS = IdentitySettings(namespaces={"email": Namespace(kind="person", priority=1, limit=4)}, gate=Gate(min_count=100))
SUMMARY = {"largest_customer": 5, "most_identifiers": 9, "supersized_customers": 0, "identified_customers": 5000, "person_identifiers": 9000}


def broken(summary=None, links=None, refusals=None, naming: Naming = NOTHING_CONTESTED, known: int = 10_000) -> list[str]:
    given = measures_of(SUMMARY | (summary or {}), {"person": 8000} | (links or {}), refusals or {}, naming, known, SETTINGS)
    return [m.name for m in given if not m.holds]


def moved(identifiers: int) -> Naming:
    return settle_names([Overlap("a", 1, 5, 0, identifiers), Overlap("b", 1, 9, 0, 1)], {})


def test_a_usual_result_passes() -> None:
    assert broken() == []


def test_each_measure_stops_the_publish_on_its_own() -> None:
    assert broken({"largest_customer": 65}) == ["largest_customer"]
    assert broken({"most_identifiers": 1001}) == ["most_identifiers"]
    assert broken({"supersized_customers": 6}) == ["supersized_percent"]
    assert broken(links={"person": 45_001}) == ["links_per_identifier"]
    assert broken(refusals={"limit": 2001, "screen": 10**6}) == ["refused_percent"]
    assert broken(naming=moved(501)) == ["moved_percent"]


def test_a_measure_at_its_limit_holds() -> None:
    assert broken({"largest_customer": 64, "most_identifiers": 1000, "supersized_customers": 5}, {"person": 45_000}, {"limit": 11_250}, moved(500)) == []


def test_shares_of_very_little_are_not_looked_at() -> None:
    assert broken(naming=moved(50), known=99) == []
