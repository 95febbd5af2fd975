"""Plan for one release: draw its control groups, then propose what the playbook says.

Commits stand in an order that a kill cannot harm: how a holdout is drawn before what is drawn by it,
what happened to a lot before the lot itself, control groups before anything is proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import sqrt

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.activation.arms import to_holdouts
from crosschannel.activation.consent import to_allowed
from crosschannel.activation.decide import HELD, REASON, ROWS, to_candidates, to_decision_counts, to_withheld, with_decision
from crosschannel.activation.draws import to_claims, to_draws, to_holdout_events
from crosschannel.activation.plays import Segments, to_planned
from crosschannel.contracts.activation import (
    CONTROL,
    CandidateActions,
    HoldoutDraws,
    HoldoutEvents,
    HoldoutRules,
    Holdouts,
    WithheldActions,
)
from crosschannel.contracts.customers import IdentityAliases, IdentityEvents
from crosschannel.contracts.privacy import Consents
from crosschannel.contracts.serving import PublishedProfiles, PublishedSegments, Releases
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.errors import QualityError, UsageError
from crosschannel.io.releases import Release, read_release
from crosschannel.io.staging import small_frame, staging
from crosschannel.privacy.decisions import to_contacts, to_decisions
from crosschannel.runtime.context import JobContext
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.holdouts import HoldoutRule
from crosschannel.settings.playbook import PlaybookSettings

CHANCE_Z = 6.0  # an honest draw is further off once in 500 million


def draw_holdouts(ctx: JobContext, rules: Sequence[HoldoutRule], release: Release) -> DataFrame:
    """Draw the arms of every customer of a release, commit them and return them as stored."""
    day = release.as_of_date
    since = _begun(ctx, rules, day)
    customers = read_release(ctx.lake, PublishedSegments, release).select(PublishedSegments.customer_id)
    with staging() as keep:
        claims = keep(to_claims(customers, ctx.read(HoldoutDraws), ctx.read(IdentityAliases), ctx.read(IdentityEvents), day))
        ctx.write(HoldoutEvents, to_holdout_events(claims, rules, day))
        draws = to_draws(claims)
        ctx.write(HoldoutDraws, draws)
        drawn = to_holdouts(draws, rules, since).withColumns(_of_release(release))
        stored = ctx.write(Holdouts, drawn)
    _check_shares(ctx, stored, rules, release.row_counts[PublishedSegments.contract.name])
    return stored


def propose_actions(ctx: JobContext, playbook: PlaybookSettings, consent: ConsentSettings, release: Release, holdouts: DataFrame) -> None:
    """Commit what the playbook proposes for a release, and what is withheld and why."""
    segments = _covered_segments(ctx, playbook, release)
    customers = read_release(ctx.lake, PublishedSegments, release)
    allowed = _allowed(ctx, playbook, consent, customers, release.as_of_date)
    with staging() as keep:
        planned = to_planned(customers, playbook, segments, release.as_of_date)
        decided = keep(with_decision(planned, allowed, holdouts, playbook.without_consent))
        counts = {row[REASON] or "proposed": (row[ROWS], row[HELD]) for row in to_decision_counts(decided).collect()}  # one row per reason
        accounted = sum(customers for _, customers in counts.values())
        ctx.check("customers_accounted_for", observed=accounted, expected=release.row_counts[PublishedSegments.contract.name])
        stamped = decided.withColumns(_of_release(release))
        ctx.write(CandidateActions, to_candidates(stamped, playbook.without_consent))
        ctx.write(WithheldActions, to_withheld(stamped))
    ctx.log("actions", **{reason: actions for reason, (actions, _) in sorted(counts.items())})


def _allowed(ctx: JobContext, playbook: PlaybookSettings, consent: ConsentSettings, customers: DataFrame, day: date) -> DataFrame:
    """Return whom each channel may reach: by the ledger of consent or, in a project without purposes, by what profiles say."""
    if not consent.purposes:
        return to_allowed(_up_to(ctx.read(Events), day), ctx.read(IdentityMap), playbook.consent)
    decisions = to_decisions(ctx.read(Consents), ctx.read(IdentityMap), consent, as_of_date=day)
    return to_contacts(customers, decisions, consent, playbook.consent)


def _begun(ctx: JobContext, rules: Sequence[HoldoutRule], day: date) -> dict[str, date]:
    """Return since when each holdout is drawn; refuse one that is drawn in another way than it began."""
    stored = {row[HoldoutRules.holdout]: row for row in ctx.read(HoldoutRules).collect()}  # one row per holdout
    for rule in rules:
        row = stored.get(rule.name)
        if row is not None and (row[HoldoutRules.control_share], row[HoldoutRules.salt_hash], row[HoldoutRules.covers]) != _drawn_by(rule):
            raise UsageError(
                f"holdouts.yaml: {rule.name} began on {row[HoldoutRules.since_date]} with share {row[HoldoutRules.control_share]} and another share, "
                "salt or scope would move customers between its arms; set it back, or give the new holdout a name of its own"
            )
    fresh = [(rule.name, rule.covers, rule.share, rule.salt_hash, day) for rule in rules if rule.name not in stored]
    if fresh:
        ctx.write(HoldoutRules, small_frame(ctx.spark, fresh, HoldoutRules.contract.columns))
    return {name: row[HoldoutRules.since_date] for name, row in stored.items()} | {name: day for name, *_ in fresh}


def _drawn_by(rule: HoldoutRule) -> tuple[float, str, str]:
    return rule.share, rule.salt_hash, rule.covers


def _check_shares(ctx: JobContext, holdouts: DataFrame, rules: Sequence[HoldoutRule], customers: int) -> None:
    """Check that each control group is as large as its share says, but for chance."""
    counted = holdouts.groupBy(Holdouts.holdout).agg(F.count_if(F.col(Holdouts.arm) == CONTROL).alias(HELD)).collect()  # one row per holdout
    held = {row[Holdouts.holdout]: row[HELD] for row in counted}
    for rule in rules:
        slack = CHANCE_Z * sqrt(customers * rule.share * (1 - rule.share)) + 1
        observed, wanted = held.get(rule.name, 0), customers * rule.share
        ctx.check(f"control_group/{rule.name}", observed=observed, expected=round(wanted, 3), passed=abs(observed - wanted) <= slack)
    ctx.log("control groups", **held)


def _covered_segments(ctx: JobContext, playbook: PlaybookSettings, release: Release) -> Segments:
    """Return the published segments; refuse one that no play is meant for."""
    rows = read_release(ctx.lake, PublishedProfiles, release).select(PublishedProfiles.segment_id, PublishedProfiles.segment_name).collect()
    segments = [(row[0], row[1]) for row in rows]  # one row per segment
    uncovered = playbook.uncovered(segments)
    try:
        ctx.check("segments_without_play", observed=len(uncovered), expected=0)
    except QualityError as error:
        raise QualityError(
            f"playbook.yaml: no play is meant for {', '.join(map(repr, uncovered))}; name the segment in a play, or in one that says none: REASON; "
            "then run `crosschannel plan_actions` again"
        ) from error
    for play in playbook.useless(segments):
        ctx.log(f"play {play} is meant for none of the published segments")
    return segments


def _up_to(events: DataFrame, day: date) -> DataFrame:
    return events.where(F.col(Events.event_date) <= F.lit(day))


def _of_release(release: Release) -> dict[str, Column]:
    return {str(Releases.as_of_date): F.lit(release.as_of_date), str(Releases.release_id): F.lit(release.release_id)}
