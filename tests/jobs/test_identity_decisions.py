"""Decisions name identifiers by pseudonym only, and the evidence between two customers is told and drawn."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from crosschannel.cli.card import render_pair
from crosschannel.contracts.ops import IdentityActions
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.jobs.decide import Decision, decide
from crosschannel.jobs.explain_pair import draw, explain_pair
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.support.told_lake import ANN, BOB, told_lake

NOW = dt.datetime(2026, 3, 1, 12)
MAIL, COOKIE = "email:ann@shop.example", "cookie_id:ck-ann"
SPLIT = Decision("split", "eve", "ticket 17: mother and daughter")


@pytest.fixture(scope="module")
def project() -> Project:
    return Project(shipped_conf("demo"))


@pytest.fixture(scope="module")
def lake(spark: SparkSession, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return told_lake(spark, project, tmp_path_factory.getbasetemp())


def test_a_decision_is_kept_with_who_when_and_why_and_without_any_value(lake, project):
    found = decide(lake, project.identity, [MAIL, COOKIE], SPLIT, NOW)
    (row,) = lake.read(IdentityActions.contract).collect()
    assert (row.action, row.acted_by, row.acted_ts, row.reason) == ("split", "eve", NOW, SPLIT.reason)
    assert [row.left_key, row.right_key] == sorted(k.node_key for k in found)
    assert "ann@" not in str(row)
    by_pseudonym = [f"{k.namespace}#{k.identifier_hash[:10]}" for k in found]
    lifted = Decision("split", "eve", "a mistake", lift=True)
    decide(lake, project.identity, by_pseudonym, lifted, NOW + dt.timedelta(hours=1))
    with pytest.raises(UsageError, match="nothing to take back"):
        decide(lake, project.identity, by_pseudonym, lifted, NOW + dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("texts", "decision", "says"),
    [
        (["ann@shop.example", COOKIE], SPLIT, "identifier 1: write namespace:value"),
        ([MAIL, "email:stranger@shop.example"], SPLIT, "identifier 2: the lake knows no such email"),
        ([MAIL, "email:test@example.com"], SPLIT, "screened out already"),
        ([MAIL, MAIL], SPLIT, "the same one"),
        (["cookie_id:ck-1", "device_id:ck-1"], Decision("join", "eve", "why"), "neither identifier is of a person"),
        ([MAIL, "cookie_id#12"], SPLIT, "at least 8 digits"),
        ([MAIL, COOKIE], Decision("split", "eve", "ann@shop.example called"), "seems to hold an identifier"),
        ([MAIL, COOKIE], Decision("split", "eve", "call +44 20 7183 8750"), "seems to hold an identifier"),
        ([MAIL, COOKIE], Decision("split", "eve", " "), "--reason is empty"),
    ],
)
def test_what_cannot_be_decided_is_said_without_repeating_a_value(lake, project, texts, decision, says):
    with pytest.raises(UsageError, match=says) as error:
        decide(lake, project.identity, texts, decision, NOW)
    assert not [word for word in ("ann@", "stranger", "ck-1", "7183") if word in str(error.value)]


def test_the_chain_between_two_identifiers_tells_rule_events_and_dates(lake, project):
    answer = explain_pair(lake, project, MAIL, COOKIE)
    (step,) = answer["path"]
    assert answer["same_customer"]
    assert (step["rule"], step["events"], step["is_kept"]) == ("cookie_id+email", 12, True)
    assert [r["stage"] for r in answer["refused"]] == ["shared_device"]
    assert step["bits"] is None
    drawn = draw(answer)
    assert "cookie_id+email" in drawn
    assert "refused nearby: cookie_id+email (shared_device) at" in drawn


def test_two_customers_without_a_chain_are_said_to_be_so(lake, project):
    answer = explain_pair(lake, project, ANN, BOB)
    assert not answer["same_customer"]
    assert answer["path"] == []
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(render_pair(answer))
    text = console.export_text()
    assert "two customers" in text
    assert "ann@" not in text
    assert "no chain of evidence" in draw(answer)
