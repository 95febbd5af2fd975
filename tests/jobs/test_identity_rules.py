"""Windows and caps over time: days that pass and values that turn hot or cool give what solving everything on that day gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.privacy import Consents
from crosschannel.contracts.silver import IdentityMap, IdentityRefusals
from crosschannel.io.lake import Lake
from crosschannel.settings.consent import ConsentSettings, Purpose
from tests.spark.identity.stitched import stitched
from tests.support.identity_lake import GrowingLake, members, town
from tests.support.identity_rows import EMAIL, PHONE, SETTINGS, event
from tests.support.rows import row, rows

pytestmark = pytest.mark.long
PHONES = SETTINGS.namespaces["phone"].model_copy(update={"limit": 1, "window": 55, "caps": {"email": 2}})
RULED = SETTINGS.model_copy(update={"namespaces": SETTINGS.namespaces | {"phone": PHONES}})
KEPT, OLD, NEW, TILL = EMAIL + 90, PHONE + 90, PHONE + 91, PHONE + 80


@dataclass
class Told:
    """What each run came to."""

    lake: GrowingLake
    ids: list[dict[int, str]] = field(default_factory=list)
    is_as_anew: list[tuple[bool, bool]] = field(default_factory=list)
    touched: list[dict[str, int]] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)

    def step(self) -> None:
        """Stitch, and hold members and refusals against those of solving everything at once."""
        day = self.lake.day
        self.lake.stitch()
        anew = stitched(self.lake.usable(), RULED, day)
        refused = sorted(str(r) for r in anew.refusals.collect())
        same_members = members(self.lake.lake.read(IdentityMap.contract)) == members(anew.identity_map)
        self.is_as_anew.append((same_members, [str(r) for r in self.lake.rows(IdentityRefusals)] == refused))
        self.ids.append(self.lake.ids())
        self.touched.append(self.lake.numbers("touched") if any(s.startswith("touched") for s in self.lake.said) else {})
        self.said.append(self.lake.said)


@pytest.fixture(scope="module")
def told(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A town whose people change numbers; then a day passes, a number turns hot, and some events are deleted."""
    lake = GrowingLake(Lake(spark, str(tmp_path_factory.mktemp("ruled"))), RULED)
    found = Told(lake)
    lake.add(*town(1, 0, 120), event("old", KEPT, OLD, when="2026-01-06 09:00"), event("new", KEPT, NEW, when="2026-01-09 09:00"))
    lake.add(event("till", TILL, EMAIL + 80, when="2026-01-09 09:00"))
    found.step()  # 1 March: the window begins on 6 January
    found.step()  # 2 March: nothing is new, but the old number is forgotten
    lake.add(event("t1", TILL, EMAIL + 81, when="2026-01-09 10:00"), event("t2", TILL, EMAIL + 82, when="2026-01-09 10:00"), *town(2, 120, 5))
    found.step()  # 3 March
    lake.remove("event_id IN ('t1', 'e3', 'e40')")
    found.step()  # 4 March: two addresses are no more than the cap
    lake.day = dt.date(2026, 3, 1)
    found.step()  # the first day again, with what is known now
    return found


def test_whatever_passed_members_and_refusals_are_those_of_solving_everything_on_that_day(told: Told) -> None:
    assert told.is_as_anew == [(True, True)] * 5


def test_a_number_that_leaves_its_window_makes_room_though_nothing_new_was_seen(told: Told) -> None:
    first, second, *_ = told.ids
    assert first[OLD] != first[NEW]
    assert second[OLD] == second[KEPT] == second[NEW]
    assert 0 < told.touched[1]["identifiers"] < len(second)
    assert told.touched[1]["solved_again"] < len(second)


def test_a_value_links_from_the_grant_until_the_withdrawal(spark: SparkSession, tmp_path: Path) -> None:
    email = SETTINGS.namespaces["email"].model_copy(update={"purposes": ("linking",)})
    uses = {"training": "linking", "scoring": "linking", "publishing": "linking"}
    lake = GrowingLake(Lake(spark, str(tmp_path)), SETTINGS.model_copy(update={"namespaces": SETTINGS.namespaces | {"email": email}}))
    lake.consent = ConsentSettings(purposes={"linking": Purpose()}, uses=uses)
    lake.add(event("a", EMAIL + 1, PHONE + 1), event("b", EMAIL + 1, PHONE + 2))
    found = []
    for day, status in enumerate(("", "granted", "withdrawn"), 1):
        if status:
            said = row(statement_id=status, node_key=EMAIL + 1, purpose="linking", channel="all", status=status, event_ts=dt.datetime(2026, 2, day))
            lake.lake.write(Consents.contract, rows(spark, Consents, said))
        lake.stitch()
        refused = [(r[IdentityRefusals.rule], r[IdentityRefusals.left_key]) for r in lake.rows(IdentityRefusals) if r[IdentityRefusals.stage] == "consent"]
        ids = lake.ids()
        found.append((EMAIL + 1 in ids, ids[PHONE + 1] == ids[PHONE + 2], refused))
    assert found == [(False, False, [("linking", EMAIL + 1)]), (True, True, []), (False, False, [("linking", EMAIL + 1)])]


def test_a_value_that_turns_hot_leaves_the_map_and_comes_back_when_it_cools_down(told: Told) -> None:
    assert [TILL in ids for ids in told.ids[1:4]] == [True, False, True]
    assert any(line.startswith("barred from linking values=") for line in told.said[2])
