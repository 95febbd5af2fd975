"""A lake with one release, made from a few rows: what explain and report are tested on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pyspark.sql import SparkSession

from crosschannel.contracts.acting import ModelStudies, ScoreReasons
from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ml import CustomerScores, CustomerSegments, ModelMetrics, SegmentProfiles
from crosschannel.contracts.ops import Files
from crosschannel.contracts.silver import Events, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.contracts.values import CustomerValues
from crosschannel.identity.normalise import pseudonym
from crosschannel.io.lake import Lake
from crosschannel.jobs.publish_segments import JOB
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.project import Project
from tests.support.rows import at, row, rows

DAY = dt.date(2026, 1, 31)
MODEL = "seg000000001"
ANN, BOB, GUEST = "c_ann", "c_bob", "c_guest"
OWNERS = {
    ("email", "ann@shop.example"): ANN,
    ("cookie_id", "ck-ann"): ANN,
    ("email", "bob@shop.example"): BOB,
    ("cookie_id", "ck-1"): GUEST,
    ("device_id", "ck-1"): BOB,
}


def told_lake(spark: SparkSession, project: Project, base: Path) -> Lake:
    """Return the lake under ``base``, made at the first call of a test run."""
    lake = Lake(spark, str(base / "told"))
    if Path(lake.root).exists():
        return lake
    nodes = known_identifiers(project)
    for table, given in {**intake(), **identities(nodes), **behaviour(nodes, project.scores.names)}.items():
        daily = (CustomerSegments, CustomerScores, CustomerValues, ScoreReasons)
        slices = [DAY] if table in daily else ["event"] if table is IdentityEdges else None
        lake.write(table.contract, rows(spark, table, *given), slices=slices)
    ctx = JobContext("publish_segments", lake, "", 7, dt.datetime(2026, 3, 1), lambda: None, print, DAY)  # type: ignore[arg-type,return-value]
    JOB.run(ctx, JOB.settings(project))
    return lake


def known_identifiers(project: Project) -> dict[tuple[str, str], tuple[str, int]]:
    """Pseudonym and node_key of each identifier."""
    settings = project.identity.pseudonyms
    return {(n, v): pseudonym(n, v, version=settings.version, key=pseudonym_key(settings)) for n, v in OWNERS}


def intake():
    counted = row(source="web", file_id="f1", path="web/1.json", status="committed", rows_in=10, rows_good=7, rows_quarantined=2, rows_duplicate=1)
    whole = row(source="crm", file_id="f2", path="crm/1.csv", status="refused", reason="header_mismatch")
    refused = [
        row(record_id=f"r{n}", source="web", reasons=["unmapped_verb", "time_implausible"][: n + 1], raw="ann@shop.example secret") for n in (0, 1)
    ]
    return {Files: [counted, whole], Quarantine: refused}


def identities(nodes):
    ann_mail, ann_cookie = nodes["email", "ann@shop.example"][1], nodes["cookie_id", "ck-ann"][1]
    stored = []
    for (namespace, value), owner in OWNERS.items():
        hashed, key = nodes[namespace, value]
        kind = "person" if namespace == "email" else "device"
        evidence = row(evidence_key=ann_mail, evidence_rule="cookie_id+email", evidence_count=12) if value == "ck-ann" else {}
        stored.append(
            row(node_key=key, namespace=namespace, kind=kind, identifier_hash=hashed, customer_id=owner, is_identified=owner != GUEST, **evidence)
        )
    left, right = sorted((ann_mail, ann_cookie))
    edge = row(left_key=left, right_key=right, rule="cookie_id+email", kind="device", record_count=12, seen_on="event")
    refusal = row(
        stage="shared_device", rule="cookie_id+email", left_key=ann_cookie, right_key=nodes["email", "bob@shop.example"][1], observed=1, permitted=0
    )
    return {IdentityMap: stored, IdentityEdges: [edge], IdentityRefusals: [refusal]}


def behaviour(nodes, score_names):
    cookie = nodes["cookie_id", "ck-ann"][1]
    events = [row(event_id=f"e{n}", channel="web", verb="view", event_ts=at("09:00"), node_key=cookie) for n in range(3)]
    segments = [row(customer_id=c, as_of_date=DAY, segment_id=s, confidence=0.8, model_version=MODEL) for c, s in ((ANN, "s_a"), (BOB, "s_b"))]
    scores = [
        row(
            customer_id=c,
            as_of_date=DAY,
            score_name=n,
            score=50 * p if n == "omnichannel" else p,
            probability=p,
            decile=d,
            model_name=n,
            model_version=f"{n}-v1",
        )
        for n in score_names
        for c, p, d in ((ANN, 0.9, 1), (BOB, 0.1, 10))
    ]
    why = [
        row(family="orders", sign=1, contribution=0.812, phrase="what they bought speaks for it"),
        row(family="service", sign=-1, contribution=-0.25, phrase="their complaints speak against it"),
    ]
    reasons = [
        row(customer_id=c, as_of_date=DAY, score_name=n, method="exact", margin=0.6, bias=0.038, reasons=why, model_version=f"{n}-v1")
        for n in score_names
        for c in (ANN, BOB)
    ]
    traits = [
        row(feature="web_view_count_28d", effect=1.4, segment_mean=12.0, population_mean=4.0),
        row(feature="store_order_count_91d", effect=-0.7, segment_mean=0.1, population_mean=1.0),
    ]
    profiles = [
        row(
            model_version=MODEL,
            segment_id="s_a",
            segment_name="Loyal <web> shoppers",
            description="They browse.",
            preferred_channel="web",
            traits=traits,
        ),
        row(
            model_version=MODEL,
            segment_id="s_b",
            segment_name="Store regulars",
            description="They visit.",
            preferred_channel="store",
            traits=traits[::-1],
        ),
    ]
    metrics = [
        row(model_name="purchase", model_version="purchase-v1", slice="all", metric=m, value=v)
        for m, v in (("auc", 0.81), ("ece", 0.012), ("rows", 900.0), ("lift_10", 3.2))
    ]
    worth = row(customer_id=ANN, as_of_date=DAY, horizon_days=28, expected_orders=1.25, p_alive=0.9, orders_high=3, expected_value=62.5, low=0.0, high=150.0)
    metrics += [row(model_name="omnichannel", model_version="omnichannel-v1", slice=f"act=web {v}", metric="weight", value=w) for v, w in (("view", 0.1), ("purchase", 0.9))]
    studies = [
        row(
            model_name="purchase", model_version="purchase-v1", study=s, variant_name=v, metric=m, whole_minus_variant=gap, low=gap - 0.01, high=gap + 0.01,
            variant_auc=auc, variant_auc_low=auc - 0.02, variant_auc_high=auc + 0.02, features=9, customers=800, as_of_date=DAY,
        )
        for s, v, auc, gap in (("channel", "all", 0.81, 0.0), ("channel", "web", 0.78, 0.03), ("channel", "store", 0.7, 0.11), ("without_family", "interest", 0.805, 0.005))
        for m in ("auc", "log_loss", "lift_10")
    ]  # fmt: skip
    return {
        ModelStudies: studies, Events: events, CustomerSegments: segments, CustomerScores: scores, ScoreReasons: reasons, SegmentProfiles: profiles,
        ModelMetrics: metrics, CustomerValues: [worth],
    }  # fmt: skip
