"""Who was known to be whom on a day, for many days at once."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import SparkSession

from crosschannel.contracts.customers import IdentityHistory
from crosschannel.contracts.silver import IdentityMap
from crosschannel.identity.as_of import DATE, DIGEST, MEMBERS, to_known_members, to_member_digests
from tests.support.rows import assert_rows, at, row, rows

MON, TUE, WED = dt.date(2026, 3, 2), dt.date(2026, 3, 3), dt.date(2026, 3, 4)
OPEN = dt.datetime(9999, 12, 31)
COOKIE, MAIL, PHONE = 1, 2, 3


def member(node: int, customer: str, kind: str, since: str, until: dt.datetime = OPEN) -> dict:
    return row(node_key=node, customer_id=customer, kind=kind, namespace=kind, is_identified=True, valid_from=at(since), valid_to=until)


def test_links_and_person_identifiers_count_from_the_day_they_were_known_and_ended_ones_until_they_ended(spark: SparkSession) -> None:
    now = rows(
        spark, IdentityMap,
        member(COOKIE, "ann", "device", "2026-03-02 09:00"),
        member(MAIL, "ann", "person", "2026-03-03 23:59"),
        member(PHONE, "ann", "person", "2026-03-04 00:00"),
    )  # fmt: skip
    ended = row(
        node_key=PHONE, customer_id="bob", namespace="person", is_identified=True, valid_from=at("2026-03-01 09:00"), valid_to=at("2026-03-04 00:00")
    )
    members = to_known_members(now, rows(spark, IdentityHistory, ended), [WED, MON, TUE])
    assert_rows(
        members,
        row(node_key=COOKIE, customer_id="ann", known_on=[MON, TUE, WED], identified_on=[TUE, WED]),
        row(node_key=MAIL, customer_id="ann", known_on=[TUE, WED], identified_on=[TUE, WED]),
        row(node_key=PHONE, customer_id="ann", known_on=[WED], identified_on=[WED]),
        row(node_key=PHONE, customer_id="bob", known_on=[MON, TUE], identified_on=[MON, TUE]),
    )
    digests = {r[DATE]: r for r in members.transform(to_member_digests, [MON, TUE, WED]).collect()}
    assert {d: r[MEMBERS] for d, r in digests.items()} == {MON: 2, TUE: 3, WED: 3}
    assert len({r[DIGEST] for r in digests.values()}) == 3


def test_a_membership_a_killed_run_closed_too_early_still_holds(spark: SparkSession) -> None:
    still = member(MAIL, "ann", "person", "2026-03-01 09:00")
    closed = row(
        node_key=MAIL, customer_id="ann", namespace="person", is_identified=True, valid_from=at("2026-03-01 09:00"), valid_to=at("2026-03-03 00:00")
    )
    members = to_known_members(rows(spark, IdentityMap, still), rows(spark, IdentityHistory, closed), [MON, WED])
    assert_rows(members, row(node_key=MAIL, customer_id="ann", known_on=[MON, WED], identified_on=[MON, WED]))
