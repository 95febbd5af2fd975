"""Planning on a real lake: control groups, candidate actions with reasons, everybody accounted for, safe to repeat."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from crosschannel.activation.arms import is_control
from crosschannel.contracts.activation import CandidateActions, HoldoutDraws, HoldoutEvents, HoldoutRules, Holdouts, WithheldActions
from crosschannel.contracts.customers import IdentityAliases
from crosschannel.contracts.privacy import Consents
from crosschannel.contracts.serving import PublishedProfiles, Releases
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.errors import QualityError, UsageError
from crosschannel.io.lake import Lake
from crosschannel.jobs.plan_actions import JOB
from crosschannel.publish.release import published_contract
from crosschannel.runtime.context import JobContext
from crosschannel.settings.consent import USES, ConsentSettings, Purpose
from crosschannel.settings.load import validated
from crosschannel.settings.playbook import PlanSettings
from tests.support.listening import beyond_loopback, listening
from tests.support.rows import at, row, rows

DAY_1, DAY_2 = dt.date(2026, 1, 31), dt.date(2026, 2, 7)
SEGMENTS = {"s_1": "high-value lapsing web", "s_2": "low-value active app", "s_3": "low-value lapsing email"}
HOLDOUTS = {"salt": "tests", "global_control": {"share": 0.1}, "campaigns": [{"name": "win_back", "share": 0.5}]}
PLAYBOOK = {
    "consent": {"email": "consent_email"},
    "without_consent": ["app"],
    "plays": [
        {
            "name": "win_back", "segments": ["*lapsing*"], "when": [{"score": "churn", "deciles": [1], "at_least": 0.5}], "campaign": "win_back",
            "actions": [
                {"channel": "email", "template": "miss_you", "offer": "voucher", "expires_days": 14},
                {"channel": "app", "template": "banner", "wait_days": 3, "message_class": "service"},
            ],
        },
        {"name": "rest_of_high", "segments": ["s_1"], "actions": [{"channel": "email", "template": "news"}]},
        {"name": "quiet", "segments": ["low-value active *"], "none": "they come by themselves"},
        {"name": "rest_of_low", "segments": ["s_3"], "when": [{"score": "churn", "at_most": 0.4}], "actions": [{"channel": "app", "template": "hello"}]},
    ],
}  # fmt: skip
CUSTOMERS = [f"c_{n:02}" for n in range(40)]


def settings(holdouts: dict[str, Any] | None = HOLDOUTS, playbook: dict[str, Any] | None = PLAYBOOK) -> PlanSettings:
    return validated({"scores": ["churn"], "holdouts": holdouts, "playbook": playbook}, PlanSettings, Path("plan.yaml"))


def published(lake: Lake, day: dt.date, customers: list[str], number: int) -> None:
    """Publish customers: segments in turn; every fifth is about to leave, every seventh has no score."""
    listed = [
        row(
            customer_id=c, segment_id=f"s_{n % 3 + 1}", segment_name=SEGMENTS[f"s_{n % 3 + 1}"], as_of_date=day, change_type="insert",
            churn_score=None if n % 7 == 6 else 0.9 if n % 5 == 0 else 0.2, churn_decile=None if n % 7 == 6 else 1 if n % 5 == 0 else 6,
        )
        for n, c in enumerate(customers)
    ]  # fmt: skip
    contract = published_contract(["churn"])
    written = lake.write(contract, rows(lake.spark, contract, *listed))
    profiles = lake.write(PublishedProfiles.contract, rows(lake.spark, PublishedProfiles, *[row(segment_id=i, segment_name=n) for i, n in SEGMENTS.items()]))
    release = row(
        release_id=f"r_{number}", release_number=number, as_of_date=day, row_counts={"serving.customer_segments": len(customers)},
        table_versions={"serving.customer_segments": written.version, "serving.segment_profiles": profiles.version}, model_versions={"churn": "v", "segments": "m"},
    )  # fmt: skip
    lake.write(Releases.contract, rows(lake.spark, Releases, release))


def plan(lake: Lake, what: PlanSettings) -> tuple[JobContext, list[str]]:
    said: list[str] = []
    ctx = JobContext("plan_actions", lake, "", 7, dt.datetime(2026, 3, 1), lambda: None, said.append)  # type: ignore[arg-type,return-value]
    JOB.run(ctx, what)
    return ctx, said


def table(lake: Lake, of: Any) -> list[Any]:
    return sorted(lake.read(of.contract).collect(), key=str)


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with one release, the consent of every second customer, and one plan."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("plan")))
    agreed = [
        row(event_id=c, node_key=n, event_ts=at("09:00"), event_date=dt.date(2026, 1, 5), verb="profile", channel="crm", properties={"consent_email": str(n % 2 == 0).lower()})
        for n, c in enumerate(CUSTOMERS)
    ]  # fmt: skip
    lake.write(Events.contract, rows(spark, Events, *agreed))
    lake.write(IdentityMap.contract, rows(spark, IdentityMap, *[row(node_key=n, customer_id=c, kind="person") for n, c in enumerate(CUSTOMERS)]))
    published(lake, DAY_1, CUSTOMERS, 1)
    plan(lake, settings())
    return lake


@pytest.fixture(scope="module")
def arms(lake: Lake) -> dict[tuple[str, str], str]:
    return {(r.customer_id, r.holdout): r.arm for r in table(lake, Holdouts)}


def expected(arms: dict[tuple[str, str], str]) -> tuple[dict[tuple[str, str, int], str], dict[tuple[str, str, int], str]]:
    """Say in plain Python what the playbook proposes and withholds: (customer, play, order) to template, or to reason."""
    proposed, withheld = {}, {}
    for n, c in enumerate(CUSTOMERS):
        churn = None if n % 7 == 6 else 0.9 if n % 5 == 0 else 0.2
        segment = n % 3 + 1
        if segment in (1, 3) and churn == 0.9:
            play, steps = "win_back", [(1, "email", "miss_you"), (2, "app", "banner")]
        elif segment == 1:
            play, steps = "rest_of_high", [(1, "email", "news")]
        elif segment == 2:
            play, steps = "quiet", []
        elif churn == 0.2:
            play, steps = "rest_of_low", [(1, "app", "hello")]
        else:
            play, steps = "no_play", []
        if not steps:
            withheld[c, play, 0] = "none" if play == "quiet" else "no_play"
        for order, channel, template in steps:
            held = "control" in (arms[c, "global_control"], arms[c, "win_back"] if play == "win_back" else "")
            reason = "no_consent" if channel == "email" and n % 2 else "holdout" if held else None
            (withheld if reason else proposed)[c, play, order] = reason or template
    return proposed, withheld


def test_every_customer_has_the_actions_of_the_first_play_that_fits_or_a_reason_for_none(lake, arms):
    proposed, withheld = expected(arms)
    assert {(r.customer_id, r.play, r.action_order): r.template for r in table(lake, CandidateActions)} == proposed
    assert {(r.customer_id, r.play, r.action_order): r.reason for r in table(lake, WithheldActions)} == withheld
    assert set(withheld.values()) == {"no_consent", "holdout", "none", "no_play"}, "the lake shows every reason"
    assert {c for c, *_ in proposed} | {c for c, *_ in withheld} == set(CUSTOMERS)


def test_a_candidate_says_when_with_what_and_why(lake):
    row_ = next(r for r in table(lake, CandidateActions) if r.play == "win_back" and r.channel == "email")
    assert (row_.offer, row_.campaign, row_.message_class, row_.release_id) == ("voucher", "win_back", "marketing", "r_1")
    assert (row_.not_before_date, row_.expires_date) == (DAY_1 + dt.timedelta(days=1), DAY_1 + dt.timedelta(days=14))
    assert row_.reasons == [f"segment {row_.segment_name}", "churn 0.9000, decile 1 (at least 0.5 and decile in 1)", "consent for email", "in no control group"]
    banner = next(r for r in table(lake, CandidateActions) if r.template == "banner")
    assert banner.not_before_date == DAY_1 + dt.timedelta(days=4)
    assert "no consent is asked for app" in banner.reasons


def test_a_withheld_action_says_all_that_forbids_it(lake, arms):
    both = [r for r in table(lake, WithheldActions) if r.reason == "no_consent" and arms[r.customer_id, "global_control"] == "control"]
    assert both
    assert all(r.reasons[-2:] == ["no consent for email", "in the control group of global_control"] for r in both if r.play == "rest_of_high")


def test_arms_are_those_of_the_hash_and_nobody_in_control_is_proposed_anything(lake, arms):
    for rule in settings().holdouts.rules:
        assert all((arms[c, rule.name] == "control") == is_control(rule, c) for c in CUSTOMERS)
    assert not {r.customer_id for r in table(lake, CandidateActions)} & {c for c in CUSTOMERS if arms[c, "global_control"] == "control"}


@pytest.mark.long
def test_planning_again_ends_in_the_same_rows(lake):
    tables = (HoldoutRules, HoldoutDraws, HoldoutEvents, Holdouts, CandidateActions, WithheldActions)
    before = {t: table(lake, t) for t in tables}
    plan(lake, settings())
    assert {t: table(lake, t) for t in tables} == before


def test_another_share_under_the_same_name_is_refused(lake):
    changed = HOLDOUTS | {"global_control": {"share": 0.2}}
    with pytest.raises(UsageError, match=r"global_control began on 2026-01-31 with share 0.1.*give the new holdout a name"):
        plan(lake, settings(changed))
    with pytest.raises(UsageError, match="another share, salt or scope"):
        plan(lake, settings(HOLDOUTS | {"salt": "another"}))


def test_a_segment_no_play_is_meant_for_stops_the_plan_and_is_named(lake):
    uncovered = PLAYBOOK | {"plays": PLAYBOOK["plays"][:2]}
    versions = [lake.version(t.contract) for t in (CandidateActions, WithheldActions)]
    with pytest.raises(QualityError, match=r"no play is meant for 'low-value active app'; name the segment in a play, or in one that says none"):
        plan(lake, settings(playbook=uncovered))
    assert [lake.version(t.contract) for t in (CandidateActions, WithheldActions)] == versions


@pytest.mark.long
def test_customers_keep_their_arms_in_the_next_release_also_when_they_merge(spark, lake, arms):
    """c_39 became part of the new customer c_99, which was published before anybody knew."""
    published(lake, DAY_2, [*CUSTOMERS[:39], "c_98", "c_99"], 2)
    retired = row(retired_customer_id="c_39", customer_id="c_99", retired_ts=at("2026-02-06 00:00"), reason="united")
    lake.write(IdentityAliases.contract, rows(spark, IdentityAliases, retired))
    ctx, _ = plan(lake, settings())
    now = {(r.customer_id, r.holdout): r for r in table(lake, Holdouts)}
    assert all(now[c, h].arm == arm for (c, h), arm in arms.items() if c != "c_39")
    assert all((now["c_99", h].arm, now["c_99", h].since_date) == (arms["c_39", h], DAY_1) for h in ("global_control", "win_back"))
    assert now["c_98", "win_back"].since_date == DAY_2
    assert {r.draw_id for r in table(lake, HoldoutDraws) if r.customer_id == "c_99"} == {"c_39"}
    assert {c.name for c in ctx.checks} >= {"control_group/global_control", "control_group/win_back", "customers_accounted_for"}


def test_nothing_listens_beyond_this_machine_while_jobs_run(lake):
    """Spark's gateway for Python and the passing of blocks need sockets; both stay on loopback, and no page is served."""
    sockets = listening()
    assert "java" in sockets.values(), "the list sees the JVM"
    assert not beyond_loopback(sockets)
    assert not {port for _, port in sockets} & {4040, 5000, 5055, 8080, 18080}
    assert lake.spark.sparkContext.uiWebUrl is None


def test_a_project_with_purposes_asks_the_ledger_of_consent_and_not_the_profiles(spark, tmp_path):
    """Profiles say nothing here; two customers allow marketing by e-mail, and one of them withdraws after the release."""
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.write(IdentityMap.contract, rows(spark, IdentityMap, *[row(node_key=n, customer_id=c, kind="person") for n, c in enumerate(CUSTOMERS)]))
    said = [(0, "granted", "2026-01-02"), (3, "granted", "2026-01-02"), (3, "withdrawn", "2026-02-02")]
    ledger = [
        row(statement_id=f"s{i}", node_key=n, purpose="marketing", channel="email", status=status, source="crm", event_ts=at(day))
        for i, (n, status, day) in enumerate(said)
    ]
    lake.write(Consents.contract, rows(spark, Consents, *ledger))
    published(lake, DAY_1, CUSTOMERS, 1)
    consent = ConsentSettings(purposes={"marketing": Purpose(channels=("email",)), "profiling": Purpose()}, uses=dict.fromkeys(USES, "profiling"))
    plan(lake, settings(None, PLAYBOOK | {"consent": {"email": "marketing"}}).model_copy(update={"consent": consent}))
    assert {r.customer_id for r in table(lake, CandidateActions) if r.channel == "email"} == {"c_00"}
    assert "c_03" in {r.customer_id for r in table(lake, WithheldActions) if r.reason == "no_consent"}


def test_a_project_without_playbook_and_holdouts_plans_nothing_and_an_empty_lake_says_what_is_missing(spark, tmp_path):
    empty = Lake(spark, str(tmp_path / "lake"))
    ctx, said = plan(empty, settings(None, None))
    assert said == ["neither holdouts.yaml nor playbook.yaml: nothing to plan"]
    assert not ctx.outputs
    with pytest.raises(UsageError, match="nothing is published"):
        plan(empty, settings())
