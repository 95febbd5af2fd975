"""The rules of consent, each as a customer of one small ledger."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.privacy import Consents
from crosschannel.contracts.silver import Events, Identifiers, IdentityMap
from crosschannel.privacy.decisions import only_allowed, only_refused, to_contacts, to_decisions, with_permissions
from crosschannel.privacy.statements import to_statements
from crosschannel.settings.consent import ConsentSettings, Purpose, Statement
from tests.support.rows import assert_rows, at, row, rows

AS_OF = dt.date(2026, 1, 20)
SETTINGS = ConsentSettings(
    purposes={"marketing": Purpose(channels=("email", "sms")), "profiling": Purpose(unknown="allow", basis="legitimate_interest")},
    uses={"training": "profiling", "scoring": "profiling", "publishing": "profiling"},
    statements=(
        Statement(source="crm", property="consent_email", purpose="marketing", channel="email"),
        Statement(source="crm", property="consent_sms", purpose="marketing", channel="sms"),
        Statement(source="email", verb="unsubscribe", status="withdrawn", purpose="marketing", channel="email"),
        Statement(source="email", verb="complaint", status="withdrawn", purpose="marketing"),
        Statement(source="email", verb="complaint", status="withdrawn", purpose="profiling", basis="objection"),
        Statement(source="web", property="gpc", status="withdrawn", purpose="profiling", basis="gpc"),
    ),
)
CRM, EMAIL = "crm", "email"
# customer -> (identifier, source, channel, status, day)
SAID = {
    "c_agreed": [(10, CRM, "email", "granted", 2)],
    "c_opted_out": [(20, CRM, "email", "granted", 2), (21, EMAIL, "email", "withdrawn", 5)],
    "c_export_repeats": [(30, CRM, "email", "granted", d) for d in (2, 9, 16)] + [(30, EMAIL, "email", "withdrawn", 5)],
    "c_agreed_anew": [(40, EMAIL, "email", "withdrawn", 5), (40, CRM, "email", "withdrawn", 6), (40, CRM, "email", "granted", 9)],
    "c_said_no_again": [(45, CRM, "email", "withdrawn", 2), (45, EMAIL, "email", "granted", 5), (45, CRM, "email", "withdrawn", 9)],
    "c_same_moment": [(50, CRM, "email", "granted", 5), (50, EMAIL, "email", "withdrawn", 5)],
    "c_one_device_refuses": [(60, CRM, "email", "granted", 9), (61, EMAIL, "all", "withdrawn", 5)],
    "c_not_yet": [(70, CRM, "email", "granted", 21)],
    "c_refused_later": [(80, CRM, "email", "granted", 2), (80, CRM, "email", "withdrawn", 25)],
}
ALLOWED_EMAIL = {"c_agreed", "c_agreed_anew"}


def ledger(spark: SparkSession) -> DataFrame:
    said = [s for one in SAID.values() for s in one]
    given = [
        row(statement_id=f"s{n}", node_key=node, purpose="marketing", channel=channel, status=status, source=source, event_ts=dt.datetime(2026, 1, day))
        for n, (node, source, channel, status, day) in enumerate(said)
    ]
    return rows(spark, Consents, *given, row(statement_id="p", node_key=21, purpose="profiling", channel="all", status="withdrawn", event_ts=at("2026-01-05")))


def owners(spark: SparkSession, moved: dict[int, str] | None = None) -> DataFrame:
    known = {s[0]: customer for customer, one in SAID.items() for s in one} | (moved or {})
    return rows(spark, IdentityMap, *[row(node_key=node, customer_id=customer) for node, customer in known.items()])


@pytest.fixture(scope="module")
def decided(spark: SparkSession) -> dict[str, DataFrame]:
    whole = to_decisions(ledger(spark), owners(spark), SETTINGS, as_of_date=AS_OF).localCheckpoint()
    # 61 leaves the customer it was with, and 21 joins one that agreed: a split and a merge
    moved = to_decisions(ledger(spark).repartition(5), owners(spark, {61: "c_left", 21: "c_agreed"}), SETTINGS, as_of_date=AS_OF)
    return {"whole": whole, "moved": moved.localCheckpoint()}


def allowed(decisions: DataFrame, channel: str) -> set[str]:
    return {r[0] for r in decisions.where(f"purpose = 'marketing' and channel = '{channel}' and status = 'granted'").select("customer_id").collect()}


def test_the_strictest_statement_of_any_identifier_decides(decided: dict[str, DataFrame]) -> None:
    assert allowed(decided["whole"], "email") == ALLOWED_EMAIL


def test_statements_go_where_their_identifiers_go_through_merges_and_splits(decided: dict[str, DataFrame]) -> None:
    assert allowed(decided["moved"], "email") == {"c_agreed_anew", "c_one_device_refuses", "c_opted_out"}
    refused = decided["moved"].where("status = 'withdrawn' and channel = 'sms'")  # said of all channels
    assert_rows(refused, row(customer_id="c_left"))


def test_rows_of_those_who_refused_are_left_out_and_counted_and_silence_is_what_the_purpose_says(spark: SparkSession, decided: dict[str, DataFrame]) -> None:
    customers = rows(spark, IdentityMap, *[row(customer_id=c) for c in ("c_agreed", "c_opted_out", "c_silent")]).select("customer_id")
    assert_rows(customers.transform(only_allowed, decided["whole"], "profiling", SETTINGS), row(customer_id="c_agreed"), row(customer_id="c_silent"))
    assert_rows(customers.transform(only_refused, decided["whole"], "profiling", SETTINGS), row(customer_id="c_opted_out"))
    strict = SETTINGS.model_copy(update={"purposes": {"profiling": Purpose()}})
    assert customers.transform(only_allowed, decided["whole"], "profiling", strict).isEmpty()
    assert_rows(
        customers.transform(with_permissions, decided["whole"], SETTINGS),
        row(customer_id="c_agreed", may_marketing_email=True, may_marketing_sms=False),
        row(customer_id="c_opted_out", may_marketing_email=False, may_marketing_sms=False),
        row(customer_id="c_silent", may_marketing_email=False, may_marketing_sms=False),
    )


def test_a_channel_reaches_those_who_allow_the_purpose_that_is_asked_for_in_it(spark: SparkSession, decided: dict[str, DataFrame]) -> None:
    customers = rows(spark, IdentityMap, *[row(customer_id=c) for c in ("c_agreed", "c_opted_out", "c_silent")]).select("customer_id")
    asked = to_contacts(customers, decided["whole"], SETTINGS, {"email": "marketing", "sms": "marketing"})
    assert_rows(asked, row(customer_id="c_agreed", channel="email"))
    assert to_contacts(customers, decided["whole"], SETTINGS, {}).isEmpty()


def test_a_statement_is_booked_for_every_usable_identifier_of_its_event(spark: SparkSession) -> None:
    events = rows(
        spark, Events,
        row(event_id="e1", source="crm", verb="profile", properties={"consent_email": "TRUE", "consent_sms": "maybe"}),
        row(event_id="e2", source="email", verb="complaint"), row(event_id="e3", source="crm", verb="profile"), row(event_id="e4", source="web", verb="unsubscribe"),
        row(event_id="e5", source="web", verb="view", properties={"gpc": "true"}), row(event_id="e6", source="web", verb="view", properties={"gpc": "false"}),
    )  # fmt: skip
    named = [row(event_id=f"e{n}", node_key=k, screen_reason=r) for n, k, r in ((1, 10, None), (1, 11, None), (1, 12, "malformed"), (2, 20, None), (3, 30, None), (4, 40, None), (5, 50, None), (6, 50, None))]
    weekly = [("crm", "true"), ("email", None), ("crm", "false"), ("crm", "true"), ("crm", "true"), ("email", None), ("email", None)]
    told = [
        row(event_id=f"d{n}", source=source, verb="unsubscribe", properties={"consent_email": said} if said else None, event_ts=dt.datetime(2026, 1, n))
        for n, (source, said) in enumerate(weekly, 1)
    ]
    events, named = events.unionByName(rows(spark, Events, *told)), [*named, *[row(event_id=f"d{n}", node_key=70) for n in range(1, 8)]]
    made = events.transform(to_statements, identifiers=rows(spark, Identifiers, *named), statements=SETTINGS.statements)
    expected = [row(node_key=n, purpose="marketing", channel=c, status=s, basis="consent") for n in (10, 11) for c, s in (("email", "granted"), ("sms", "withdrawn"))]
    objected = [row(node_key=20, purpose=p, channel="all", status="withdrawn", basis=b) for p, b in (("marketing", "consent"), ("profiling", "objection"))]
    signal = row(node_key=50, purpose="profiling", channel="all", status="withdrawn", basis="gpc")
    assert_rows(made.where("node_key <> 70"), *expected, *objected, signal)
    # the second yes of an export and the second click on unsubscribe say nothing new
    assert_rows(made.where("node_key = 70"), *[row(event_id=f"d{n}") for n in (1, 2, 3, 4, 6)])
    assert_rows(
        to_decisions(made, rows(spark, IdentityMap, row(node_key=70, customer_id="c_weekly")), SETTINGS, as_of_date=dt.date(2026, 1, 5)),
        row(customer_id="c_weekly", status="withdrawn", event_ts=dt.datetime(2026, 1, 6)),
    )
