"""All jobs by name, and their order as the table registry derives it."""

from __future__ import annotations

from crosschannel.jobs import (
    build_features,
    build_labels,
    conform_events,
    ingest_events,
    maintain_tables,
    plan_actions,
    publish_segments,
    record_consents,
    score_customers,
    stitch_identities,
    train_scores,
    train_segments,
    value_customers,
    watch_drift,
)
from crosschannel.runtime.job import Job
from crosschannel.runtime.order import run_order

JOBS: dict[str, Job] = {
    module.JOB.name: module.JOB
    for module in (
        build_features, build_labels, conform_events, ingest_events, maintain_tables, plan_actions,
        publish_segments, record_consents, score_customers, stitch_identities, train_scores, train_segments,
        value_customers, watch_drift,
    )
}  # fmt: skip
ORDER: tuple[str, ...] = run_order(set(JOBS))
