"""One customer, found by any of its identifiers, and nobody's raw identifier shown."""

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from crosschannel.cli.card import render_explain
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.jobs.explain import explain
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.support.told_lake import ANN, BOB, GUEST, told_lake


@pytest.fixture(scope="module")
def demo_project() -> Project:
    return Project(shipped_conf("demo"))


@pytest.fixture(scope="module")
def lake(spark: SparkSession, demo_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return told_lake(spark, demo_project, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("text", [ANN, "email: ANN@shop.example ", "ann@shop.example", "cookie_id:ck-ann"])
def test_a_customer_is_found_by_id_by_namespace_and_by_bare_value(lake, demo_project, text):
    assert explain(lake, demo_project, text)["customer"] == ANN


def test_the_card_tells_identifiers_evidence_segment_scores_and_events(lake, demo_project):
    card = explain(lake, demo_project, ANN)
    assert card["identified"]
    cookie = next(g for g in card["identifiers"] if g["namespace"] == "cookie_id")["shown"][0]
    assert (cookie["joined_by"], cookie["events"]) == ("cookie_id+email", 12)
    assert cookie["joined_through"].startswith("email ")
    assert card["segment"]["segment"] == "Loyal <web> shoppers"
    assert card["segment"]["traits"][0]["feature"] == "web_view_count_28d"
    assert {s["score_name"]: s["decile"] for s in card["scores"]} == dict.fromkeys(demo_project.scores.names, 1)
    assert [(c["channel"], c["events"]) for c in card["channels"]] == [("web", 3)]
    assert [(r["stage"], r["observed"], r["permitted"]) for r in card["refused"]] == [("shared_device", 1, 0)]


def test_the_card_says_what_a_customer_is_expected_to_bring(lake, demo_project):
    card = explain(lake, demo_project, ANN)
    assert card["value"]["expected_value"] == 62.5
    assert "in the 28 days after 2026-01-31: 1.2 orders (0 to 3) worth 62.50 (0.00 to 150.00); still a customer with 90%" in printed(card)
    assert explain(lake, demo_project, GUEST)["value"] is None


def test_the_card_says_why_in_words_and_which_lists_the_customer_is_on(lake, demo_project):
    card = explain(lake, demo_project, ANN)
    assert [r["score_name"] for r in card["reasons"]] == sorted(demo_project.scores.names)
    assert [(x["phrase"], x["sign"]) for x in card["reasons"][0]["reasons"]] == [
        ("what they bought speaks for it", 1), ("their complaints speak against it", -1),
    ]  # fmt: skip
    assert [(one["list_name"], one["place"], one["candidates"]) for one in card["lists"]] == [("churn_alerts", 1, 1), ("lead_queue", 1, 2)]
    text = printed(card)
    assert "what they bought speaks for it" in text
    assert "-0.250" in text
    assert "churn_alerts at place 1 of 1 candidates" in text
    assert explain(lake, demo_project, BOB)["lists"][0]["place"] == 2


def test_a_customer_outside_the_release_still_has_a_card(lake, demo_project):
    card = explain(lake, demo_project, GUEST)
    assert card["segment"] is None
    assert card["reasons"] == card["lists"] == []
    assert not card["identified"]
    assert "Not in the current release" in printed(card)


def test_a_value_of_two_customers_asks_for_its_namespace(lake, demo_project):
    with pytest.raises(UsageError, match="several customers") as error:
        explain(lake, demo_project, "ck-1")
    assert {GUEST, BOB} <= {word.strip(",") for word in str(error.value).split()}
    assert explain(lake, demo_project, "device_id:ck-1")["customer"] == BOB


def test_nobody_found_is_said_without_repeating_the_value(lake, demo_project):
    with pytest.raises(UsageError, match="nobody is known") as error:
        explain(lake, demo_project, "stranger@shop.example")
    assert "stranger" not in str(error.value)


def test_a_placeholder_is_called_one(lake, demo_project):
    with pytest.raises(UsageError, match="placeholder"):
        explain(lake, demo_project, "email:test@example.com")


def test_the_printed_card_shows_no_raw_identifier(lake, demo_project):
    text = printed(explain(lake, demo_project, "email:ann@shop.example"))
    assert "Loyal <web> shoppers" in text
    assert "cookie_id+email" in text
    assert "ann@" not in text
    assert "ck-ann" not in text


def printed(card) -> str:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(render_explain(card))
    return console.export_text()
