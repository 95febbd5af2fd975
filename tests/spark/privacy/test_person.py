"""Whose a record is, and which rows of a table are about one person."""

from __future__ import annotations

from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.customers import IdentityEvents
from crosschannel.contracts.silver import Identifiers
from crosschannel.contracts.subjects import Subject
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.privacy.person import VALUE, WHO, only_holding, only_shared, to_records, to_rows_about, whole_word
from tests.support.rows import assert_rows, row, rows

RANKED = ("crm_id", "email", "phone", "cookie_id")
MAIL, PHONE, COOKIE = 1, 2, 3  # of the person; all other keys are of others


def seen(event: str, **namespaces: int) -> list[dict[str, object]]:
    return [row(event_id=event, namespace=name, node_key=key, screen_reason="blocklist_exact" if key > 90 else None) for name, key in namespaces.items()]


def test_a_record_is_whoever_it_names_most_strongly(spark: SparkSession) -> None:
    sightings = rows(
        spark, Identifiers,
        *seen("mine", email=MAIL, cookie_id=COOKIE), *seen("guest_visit", cookie_id=COOKIE), *seen("placeholder_beside", email=91, cookie_id=COOKIE),
        *seen("tie", email=MAIL, phone=77), *seen("crm_of_family", crm_id=70, phone=PHONE), *seen("tablet", email=71, cookie_id=COOKIE), *seen("other", email=71),
    )  # fmt: skip
    nodes = frame_of(spark, [(MAIL,), (PHONE,), (COOKIE,)], f"{WHO} bigint")
    mine = sightings.transform(to_records, nodes, RANKED).localCheckpoint()
    assert_rows(mine, *[row(WHO=e) for e in ("mine", "guest_visit", "placeholder_beside", "tie")])
    assert_rows(sightings.transform(only_shared, nodes, mine), row(WHO=PHONE), row(WHO=COOKIE))


def test_rows_are_found_by_every_column_that_names_the_person_lists_too(spark: SparkSession) -> None:
    events = rows(
        spark, IdentityEvents,
        row(event_key="a", event_type="mint", reason="new", customer_id="c_me"), row(event_key="c", event_type="mint", reason="new", customer_id="c_other"),
        row(event_key="b", event_type="merge", reason="united", customer_id="c_other", other_customer_ids=["c_x", "c_me"]),
    )  # fmt: skip
    subjects = {Subject.CUSTOMER: frame_of(spark, [("c_me",)], f"{WHO} string")}
    assert_rows(to_rows_about(events, IdentityEvents.contract, subjects), row(event_key="a"), row(event_key="b"))


def test_a_refused_record_is_found_by_a_whole_word_in_any_case(spark: SparkSession) -> None:
    texts = ('{"user":"C-10","x":1}', "c-10", "C-101", "AC-10", None)
    refused = rows(spark, Quarantine, *[row(record_id=str(n), raw=text, state="open") for n, text in enumerate(texts)])
    assert_rows(only_holding(refused, frame_of(spark, [(whole_word("C-10"),)], f"{VALUE} string")), row(record_id="0"), row(record_id="1"))
