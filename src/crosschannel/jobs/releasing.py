"""What ``publish_segments`` publishes: the rows of a day, of customers who allow it, with what each may be approached with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame

from crosschannel.contracts.acting import ScoreReasons
from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentProfiles
from crosschannel.contracts.privacy import Consents, permission_columns
from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.table import Contract
from crosschannel.jobs.consenting import within
from crosschannel.privacy.decisions import to_decisions, with_permissions
from crosschannel.publish.release import CUSTOMERS, Content, published_contract, to_frames, with_lists
from crosschannel.runtime.context import JobContext
from crosschannel.settings.scores import PublishSettings

Keep = Callable[[DataFrame], DataFrame]
Frames = dict[str, DataFrame]  # by serving table
Names = Sequence[str]  # customer ids


def contract_of(settings: PublishSettings) -> Contract:
    """Return ``serving.customer_segments`` with the columns of the project."""
    return published_contract(settings.scores.names, permission_columns(settings.consent.published))


def rows_of_day(ctx: JobContext, settings: PublishSettings, keep: Keep) -> Frames:
    """Return the rows of the as-of date by serving table."""
    segments, scores, profiles, reasons = (ctx.read(t) for t in (CustomerSegments, CustomerScores, SegmentProfiles, ScoreReasons))
    names, lists, day, consent = settings.scores.names, settings.scores.lists, ctx.as_of_date, settings.consent
    if not consent.purposes:
        return with_lists(to_frames(segments, scores, profiles, names, day), scores, reasons, lists, day)
    decisions = keep(to_decisions(ctx.read(Consents), ctx.read(IdentityMap), consent, as_of_date=day))
    of_day = segments.where(segments[CustomerSegments.as_of_date] == day)
    allowed = keep(within(ctx, of_day, decisions, consent, "publishing"))
    told = scores.join(allowed.select(CustomerSegments.customer_id), on=str(CustomerScores.customer_id), how="left_semi")
    frames = with_lists(to_frames(allowed, told, profiles, names, day), told, reasons, lists, day)
    return frames | {CUSTOMERS: frames[CUSTOMERS].transform(with_permissions, decisions, consent)}


def check_content(ctx: JobContext, content: Content) -> None:
    """Check what must hold of the rows of a release."""
    for name, (observed, expected) in content.checks().items():
        ctx.check(name, observed=observed, expected=expected)


def without(rows: DataFrame, customers: Names) -> DataFrame:
    """Drop the rows of customers who were erased."""
    return rows.where(~rows[CustomerSegments.customer_id].isin(*customers)) if customers else rows
