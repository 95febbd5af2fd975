"""The registry's rules on a real SQLite store: aliases, finding a version, going back."""

from __future__ import annotations

import pytest

from crosschannel.errors import UsageError
from crosschannel.io.model_registry import TAKEN_BACK_TAG, Registry
from crosschannel.io.tracking import Tracker, open_tracker

pytestmark = pytest.mark.xdist_group("mlflow")  # one process loads it, not both

VERSIONS = ("aaaa1111", "aaab2222", "cccc3333")


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Tracker:
    return open_tracker(str(tmp_path_factory.mktemp("lake")), "rules", "p1")


@pytest.fixture
def name(tracker: Tracker, request: pytest.FixtureRequest) -> str:
    """A model of three versions of its own, the second champion after the first."""
    model = request.node.name[:40]
    with tracker.stage("train"):
        for version in VERSIONS:
            tracker.register(model, version, {"m.json": "{}"}, {"verdict": "x"})
    for version in VERSIONS[:2]:
        tracker.settle(model, version, is_accepted=True)
    tracker.settle(model, VERSIONS[2], is_accepted=False)
    return model


def aliases(registry: Registry, name: str) -> dict[str, str]:
    return {alias: e.model_version for e in registry.entries(name) for alias in e.aliases}


def test_a_version_is_found_by_alias_number_or_first_digits(tracker, name):
    found = [tracker.registry.find(name, wanted).number for wanted in ("champion", "challenger", "previous", "2", "cccc", "aaab")]
    assert found == [2, 3, 1, 2, 3, 2]


@pytest.mark.parametrize(("wanted", "said"), [("aaa", "no version is called aaa"), ("9", "no version"), ("dddd", "there are 1 \\(aaaa1111, previous\\)")])
def test_what_names_no_version_is_refused_with_what_there_is(tracker, name, wanted, said):
    with pytest.raises(UsageError, match=said):
        tracker.registry.find(name, wanted)


def test_going_back_swaps_champion_and_challenger_and_keeps_the_reason(tracker, name):
    used, taken_back = tracker.registry.roll_back(name, "ticket 1: wrong prices")
    assert (used.model_version, taken_back.model_version) == VERSIONS[:2]
    assert aliases(tracker.registry, name) == {"champion": VERSIONS[0], "challenger": VERSIONS[1]}
    assert tracker.registry.find(name, VERSIONS[1]).tags[TAKEN_BACK_TAG] == "ticket 1: wrong prices"
    with pytest.raises(UsageError, match="no champion before the present one"):
        tracker.registry.roll_back(name, "again")


def test_a_promotion_by_people_lifts_the_mark_of_the_one_taken_back(tracker, name):
    tracker.registry.roll_back(name, "ticket 2")
    tracker.registry.promote(name, tracker.registry.find(name, VERSIONS[1]))
    assert aliases(tracker.registry, name) == {"champion": VERSIONS[1], "previous": VERSIONS[0]}
    assert TAKEN_BACK_TAG not in tracker.registry.find(name, VERSIONS[1]).tags


def test_the_champion_found_again_as_challenger_stays_only_champion(tracker, name):
    tracker.settle(name, VERSIONS[1], is_accepted=False)
    assert aliases(tracker.registry, name) == {"champion": VERSIONS[1], "challenger": VERSIONS[2], "previous": VERSIONS[0]}


def test_a_model_nobody_trained_has_no_versions(tracker):
    assert tracker.registry.entries("nothing") == []
    with pytest.raises(UsageError, match="no model nothing is registered"):
        tracker.registry.find("nothing", "champion")
