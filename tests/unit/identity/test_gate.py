"""What stops a map from being published."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from crosschannel.identity.gate import measures_of
from crosschannel.identity.naming import NOTHING_CONTESTED, Naming, Overlap, settle_names
from crosschannel.settings.identity import Gate, IdentityLabels, IdentitySettings, Namespace

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


def loss(now: float, before: float | None) -> tuple[float, float, bool]:
    (found,) = (m for m in measures_of(SUMMARY, {"person": 8000}, {}, NOTHING_CONTESTED, 10_000, SETTINGS, label_f1=(now, before)) if m.name == "label_f1_loss")
    return found.observed, found.limit, found.holds


def test_labels_stop_a_map_that_is_worse_than_the_one_before_by_more_than_allowed() -> None:
    assert loss(0.95, 0.97) == (0.05, 0.04, False)
    assert loss(0.96, 0.97) == (0.04, 0.04, True)
    assert loss(0.99, 0.97)[2]


def test_without_a_map_before_labels_are_told_and_nothing_is_compared() -> None:
    assert loss(0.2, None) == (0.8, 1.0, True)
    assert "label_f1_loss" not in [m.name for m in measures_of(SUMMARY, {}, {}, NOTHING_CONTESTED, 0, SETTINGS)]


def test_labels_lie_under_the_raw_folder_and_a_warning_comes_before_the_stop() -> None:
    for path in ("/etc/people.csv", "../people.csv", "s3://elsewhere/people.csv", ""):
        with pytest.raises(ValidationError, match="under the raw folder"):
            IdentityLabels(path=path)
    with pytest.raises(ValidationError, match="never warn"):
        Gate(warn_label_f1_drop=0.5)


def test_a_measure_at_its_limit_holds() -> None:
    assert broken({"largest_customer": 64, "most_identifiers": 1000, "supersized_customers": 5}, {"person": 45_000}, {"limit": 11_250}, moved(500)) == []


def test_shares_of_very_little_are_not_looked_at() -> None:
    assert broken(naming=moved(50), known=99) == []
