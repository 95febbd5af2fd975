"""Consent as profiles state it: the latest word counts, one no is enough, silence is no consent."""

from __future__ import annotations

from pyspark.sql import SparkSession

from crosschannel.activation.consent import to_allowed
from crosschannel.contracts.silver import Events, IdentityMap
from tests.support.rows import assert_rows, at, row, rows


def said(event_id: str, node: int | None, when: str, verb: str = "profile", channel: str = "crm", **properties: str) -> dict[str, object]:
    return row(event_id=event_id, node_key=node, event_ts=at(when), verb=verb, channel=channel, properties=properties)


def test_consent_is_the_latest_word_of_every_identifier_of_a_customer(spark: SparkSession) -> None:
    events = rows(
        spark, Events,
        said("a1", 1, "09:00", consent_email="true", consent_sms="false"),
        said("a2", 1, "10:00", consent_email="true", consent_sms="true"),  # changed the mind on sms
        said("b1", 2, "09:00", consent_email="true"),
        said("b2", 3, "10:00", verb="unsubscribe", channel="email"),  # another identifier of the same customer
        said("c1", 4, "09:00", consent_email="true"),
        said("c2", 4, "09:00", verb="complaint", channel="email"),  # the same moment: the refusal wins
        said("d1", 5, "09:00", verb="unsubscribe", channel="sms"),
        said("d2", 5, "10:00", consent_sms="true", consent_email="perhaps"),  # agreed anew; no word on e-mail
        said("e1", 6, "09:00", region="north"),  # never said anything
        said("f1", None, "09:00", consent_email="true"),
        said("g1", 7, "09:00", verb="view", channel="web", consent_email="true"),  # no profile: no word of the customer
    )  # fmt: skip
    customers = {1: "c_a", 2: "c_b", 3: "c_b", 4: "c_c", 5: "c_d", 6: "c_e", 7: "c_g"}
    members = rows(spark, IdentityMap, *[row(node_key=n, customer_id=c, kind="person") for n, c in customers.items()])
    allowed = to_allowed(events, members, {"email": "consent_email", "sms": "consent_sms"})
    assert_rows(
        allowed,
        row(customer_id="c_a", channel="email"), row(customer_id="c_a", channel="sms"), row(customer_id="c_d", channel="sms"),
    )  # fmt: skip
