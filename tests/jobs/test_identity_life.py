"""Customers over time: what changed is solved again and nothing else, ids stay, and every change is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.customers import IdentityAliases, IdentityEvents, IdentityHistory
from crosschannel.contracts.silver import Events, IdentityMap, IdentityRefusals
from crosschannel.errors import QualityError
from crosschannel.identity.attach import with_customer_as_of
from crosschannel.identity.history import to_memberships
from crosschannel.io.lake import Lake
from crosschannel.jobs.simulate import simulate
from crosschannel.settings.identity import Gate
from crosschannel.settings.stitching import Stitching
from tests.spark.identity.stitched import stitched
from tests.support.identity_lake import GrowingLake, members, town
from tests.support.identity_rows import COOKIE, CRM, EMAIL, PHONE, SETTINGS, lasting, repeated
from tests.support.rows import row, rows

CAREFUL = SETTINGS.model_copy(  # every rule there is
    update={
        "namespaces": SETTINGS.namespaces | {"phone": SETTINGS.namespaces["phone"].model_copy(update={"passes_on": True})},
        "devices": SETTINGS.devices.model_copy(update={"weak_share_percent": 50}),
    }
)


@pytest.fixture(scope="module")
def grown(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[GrowingLake, list[bool], list[dict[str, int]]]:
    """A random town, stitched in one go, and after more events and a deletion; each time held against stitching all at once."""
    lake = GrowingLake(Lake(spark, str(tmp_path_factory.mktemp("grown"))), CAREFUL)
    equal, touched = [], []
    for first, people, gone in ((0, 150, "false"), (150, 6, "event_id IN ('e3', 'e40', 'e151')")):
        lake.add(*town(1 + first // 150, first, people))
        lake.remove(gone)
        lake.stitch()
        equal.append(members(lake.lake.read(IdentityMap.contract)) == members(stitched(lake.usable(), CAREFUL).identity_map))
        touched.append(lake.numbers("touched") if lake.said[0].startswith("touched") else {})
    return lake, equal, touched


@pytest.mark.long
def test_step_by_step_gives_the_members_of_stitching_all_at_once(grown) -> None:
    assert grown[1] == [True, True]


@pytest.mark.long
def test_only_what_changed_is_solved_again(grown) -> None:
    lake, _, (first, second) = grown
    identifiers = len(lake.rows(IdentityMap))
    assert first == {}
    assert 0 < second["solved_again"] < identifiers


@pytest.mark.long
def test_every_id_in_the_map_was_minted_once_and_no_retired_one_is(grown) -> None:
    lake, *_ = grown
    minted = [e[IdentityEvents.customer_id] for e in lake.rows(IdentityEvents) if e[IdentityEvents.event_type] == "mint"]
    alive = set(lake.ids().values())
    retired = {a[IdentityAliases.retired_customer_id]: a[IdentityAliases.customer_id] for a in lake.rows(IdentityAliases)}
    assert len(minted) == len(set(minted))
    assert alive == set(minted) - set(retired)
    assert {heir for heir in retired.values() if heir} <= alive


@pytest.fixture(scope="module")
def told(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, GrowingLake | dict[int, str] | list]:
    """Two customers that turn out to be one, a phone that passes on, and people who decide."""
    lake = GrowingLake(Lake(spark, str(tmp_path_factory.mktemp("told"))))
    lake.add(
        lasting("a", 3, CRM + 1, EMAIL + 1, COOKIE + 1), lasting("b", 3, EMAIL + 2, PHONE + 2),
        lasting("c", 2, CRM + 3, PHONE + 3), lasting("d", 2, CRM + 4, EMAIL + 4),
    )  # fmt: skip
    ids = []

    def step() -> None:
        lake.stitch()
        ids.append(lake.ids())

    step()  # 1 March
    lake.add(lasting("e", 2, EMAIL + 1, PHONE + 2), lasting("f", 9, CRM + 4, PHONE + 3))  # one person; phone 3 is another's now
    step()  # 2 March
    lake.decide("split", CRM + 1, PHONE + 2, "2026-03-03 08:00")
    lake.decide("join", CRM + 3, CRM + 4, "2026-03-03 08:00")
    lake.decide("block", EMAIL + 4, EMAIL + 4, "2026-03-03 08:00")
    step()  # 3 March
    refused = lake.rows(IdentityRefusals)
    lake.decide("split", CRM + 1, PHONE + 2, "2026-03-04 08:00", is_lifted=True)
    lake.decide("block", EMAIL + 4, EMAIL + 4, "2026-03-04 08:00", is_lifted=True)
    step()  # 4 March
    return {"lake": lake, "ids": ids, "refused": refused}


def test_customers_that_unite_go_on_under_the_stronger_id_and_the_other_points_to_it(told) -> None:
    first, second, *_ = told["ids"]
    assert second[CRM + 1] == second[PHONE + 2] == first[CRM + 1]
    aliases = {a[IdentityAliases.retired_customer_id]: a for a in told["lake"].rows(IdentityAliases)}
    assert aliases[first[PHONE + 2]][IdentityAliases.customer_id] in told["ids"][-1].values()
    assert aliases[first[PHONE + 2]][IdentityAliases.retired_ts].date() == dt.date(2026, 3, 2)
    kinds = {(e[IdentityEvents.event_type], e[IdentityEvents.customer_id]) for e in told["lake"].rows(IdentityEvents)}
    assert {("merge", first[CRM + 1]), ("retire", first[PHONE + 2])} <= kinds


def test_a_decision_holds_from_the_next_stitch_and_until_it_is_lifted(told) -> None:
    _, second, third, fourth = told["ids"]
    assert third[CRM + 1] != third[PHONE + 2]
    assert third[CRM + 3] == third[CRM + 4]
    assert EMAIL + 4 not in third
    assert fourth[CRM + 1] == fourth[PHONE + 2]
    assert fourth[CRM + 3] == fourth[CRM + 4]
    assert fourth[EMAIL + 4] == fourth[CRM + 4]
    decided = {(r[IdentityRefusals.rule], r[IdentityRefusals.left_key]) for r in told["refused"] if r[IdentityRefusals.stage] == "decision"}
    assert {rule for rule, _ in decided} == {"split", "block"}
    assert ("block", EMAIL + 4) in decided
    assert second[CRM + 1] == third[CRM + 1]


def test_an_id_that_retired_never_returns(told) -> None:
    first, _, third, _ = told["ids"]
    assert third[PHONE + 2] != first[PHONE + 2]


def test_a_recycled_phone_belongs_on_each_day_to_whom_it_was_known_to_belong(told, spark: SparkSession) -> None:
    lake = told["lake"].lake
    memberships = to_memberships(lake.read(IdentityMap.contract), lake.read(IdentityHistory.contract))
    events = rows(spark, Events, row(event_id="x", node_key=PHONE + 3, event_date=dt.date(2026, 1, 5)))
    first, second, *_ = told["ids"]
    assert first[PHONE + 3] == first[CRM + 3] != first[CRM + 4]
    known = {day: [r.customer_id for r in with_customer_as_of(events, memberships, dt.date(2026, 3, day)).collect()] for day in (1, 2)}
    assert known == {1: [first[CRM + 3]], 2: [second[CRM + 4]]}


def test_a_simulation_tells_what_other_rules_would_do_and_writes_nothing(told) -> None:
    lake = told["lake"].lake
    versions = {t.contract.name: lake.version(t.contract) for t in (IdentityMap, IdentityEvents, IdentityRefusals)}
    strict = SETTINGS.model_copy(update={"max_customer_size": 2})
    found = simulate(lake, Stitching(identity=strict), lambda _: None)
    assert found["after"]["customers"] > found["before"]["customers"]
    assert found["changes"]["splits"] > 0
    assert found["most_changed"][0]["moved"] >= found["most_changed"][-1]["moved"] > 0
    assert {t.contract.name: lake.version(t.contract) for t in (IdentityMap, IdentityEvents, IdentityRefusals)} == versions


@pytest.mark.long
def test_a_breach_of_the_gate_leaves_the_map_as_it_was_and_says_what_changed(spark: SparkSession, tmp_path: Path) -> None:
    lake = GrowingLake(Lake(spark, str(tmp_path)))
    lake.add(lasting("a", 3, CRM + 1, EMAIL + 1), lasting("b", 3, EMAIL + 2, PHONE + 2))
    lake.stitch()
    before = lake.rows(IdentityMap)
    lake.settings = SETTINGS.model_copy(update={"gate": Gate(max_moved_percent=10, min_count=1)})
    lake.add(lasting("c", 3, EMAIL + 1, PHONE + 2), repeated("d", 1, COOKIE))
    with pytest.raises(QualityError, match="moved_percent"):
        lake.stitch()
    assert lake.rows(IdentityMap) == before
    assert any(line.startswith("most changed: c_") for line in lake.said)
