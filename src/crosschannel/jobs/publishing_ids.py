"""Give customers their ids, hold them against the gate, and store map, refusals and the life of ids.

Nothing is stored before the gate is passed. The map comes first and the events last: a run killed in
between is repeated from what its last success left, and ends in the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.customers import IdentityAliases, IdentityEvents, IdentityHistory
from crosschannel.contracts.silver import IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.errors import UsageError
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.identity import ids, life
from crosschannel.identity.attach import end_of
from crosschannel.identity.gate import Measure, changes_of, measures_of
from crosschannel.identity.history import to_closed, with_valid_from
from crosschannel.identity.naming import NOTHING_CONTESTED, Naming, Overlap, settle_names
from crosschannel.identity.refusals import UNEXPLAINED, to_refusals
from crosschannel.identity.summary import ROWS, SIZE_NAMES, SIZES, to_rule_counts, to_summary
from crosschannel.io.fitting import schema_of
from crosschannel.io.lake import ABSENT
from crosschannel.io.staging import small_frame
from crosschannel.jobs.labelled import LabelGrades, label_grades, say_labels
from crosschannel.jobs.left_before import read_before, version_before
from crosschannel.jobs.second_graphs import with_loose_tier
from crosschannel.jobs.stitching import Evidence, Keep
from crosschannel.quality.report_identity import to_gate_page
from crosschannel.runtime.context import JobContext
from crosschannel.settings.identity import IdentitySettings

MOST_CHANGED = 10
GATE_PAGE = "identity_gate.html"
REBALANCE = "rebalance"
NAMES_DDL = f"{IdentityMap.anchor_key} bigint, {ids.NAMED} string, {ids.IS_MINTED} boolean"


@dataclass(frozen=True)
class Result:
    """What a run found, none of it stored: the map, what was refused, what happened to ids."""

    identity_map: DataFrame
    refusals: DataFrame
    naming: Naming
    known: int
    minted: DataFrame  # one row per customer whose id is new
    closed: DataFrame | None  # memberships that end


@dataclass(frozen=True)
class Figures:
    """A result in numbers."""

    summary: dict[str, int]
    sizes: tuple[int, ...]
    links: dict[str, int]
    refused: dict[str, int]
    changes: dict[str, int]
    measures: tuple[Measure, ...]
    labels: LabelGrades | None = None


def named(ctx: JobContext, settings: IdentitySettings, evidence: Evidence, members: DataFrame, known: DataFrame | None, keep: Keep) -> Result:
    """Give every customer its id: that of the map before where there is one."""
    if known is None:
        rows, naming, count = _kept(ctx, settings, evidence, members.transform(ids.with_first_names), keep), NOTHING_CONTESTED, 0
        minted = rows.transform(ids.only_anchors)
    else:
        members, ledger, is_whole = keep(members), *_ledger(ctx, known)
        overlaps = keep(known.transform(ids.to_overlaps, members=members, settings=settings))
        naming, names = _settled(ctx, settings, overlaps, ledger)
        rows = members.transform(ids.with_names, names=names, minted=ledger)
        rows = rows.transform(with_valid_from, known=known, moment=end_of_knowledge(ctx))
        rows, count = _kept(ctx, settings, evidence, rows, keep), known.count()
        minted = rows.transform(ids.only_anchors)
        if not is_whole:  # ids of a lake older than the events are booked with the first ones
            minted = minted.select(*IdentityMap.contract.columns).unionByName(known.transform(ids.only_first_names).withColumn(
                IdentityMap.anchor_key, known[IdentityMap.node_key]
            ))  # fmt: skip
    refused = to_refusals(
        evidence.identifiers, edges=evidence.edges, identity_map=rows, settings=settings, standing=evidence.standing, former=evidence.former
    )
    if evidence.barred is not None:
        refused = refused.unionByName(evidence.barred.refusals)
    if evidence.matches is not None:
        refused = refused.unionByName(evidence.matches.refusals)
    closed = None if known is None or not naming.moves else known.transform(to_closed, named=rows, moment=end_of_knowledge(ctx))
    # several small unions: brought together, they are written as a few files and not as dozens
    return Result(rows, keep(refused.hint(REBALANCE)), naming, count, minted, closed)


def measured(ctx: JobContext, settings: IdentitySettings, evidence: Evidence, result: Result) -> Figures:
    """Count what the gate looks at."""
    labels = label_grades(ctx, settings, result.identity_map)
    (summary,) = result.identity_map.transform(to_summary, max_customer_size=settings.max_customer_size).collect()
    by_rule = result.refusals.transform(to_rule_counts, IdentityRefusals.stage, IdentityRefusals.rule).collect()
    by_link = evidence.edges.transform(to_rule_counts, IdentityEdges.kind, IdentityEdges.rule).collect()
    counts = summary.asDict()
    sizes = tuple(counts.pop(SIZES))
    return Figures(
        summary=counts,
        sizes=sizes,
        links={r[1]: r[ROWS] for r in by_link},
        refused={f"{r[0]}/{r[1]}": r[ROWS] for r in by_rule},
        changes=changes_of(result.naming, result.minted.count() if result.known else summary.customers),
        measures=measures_of(
            counts, _added_up(by_link), _added_up(by_rule), result.naming, result.known, settings, label_f1=labels.f1 if labels else None
        ),
        labels=labels,
    )


def _added_up(rows: Sequence[Row]) -> dict[str, int]:
    """Sum counts by their first column."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row[0]] = sums.get(row[0], 0) + row[ROWS]
    return sums


def pass_gate(ctx: JobContext, settings: IdentitySettings, evidence: Evidence, result: Result) -> None:
    """Measure the result, log the numbers, and stop the job if one is beyond what the settings allow."""
    figures = measured(ctx, settings, evidence, result)
    ctx.log("ids", known=result.known, **figures.changes)
    ctx.log("stitched", **figures.summary)
    by_name = {f"links/{rule}": n for rule, n in figures.links.items()} | {f"refused/{rule}": n for rule, n in figures.refused.items()}
    # a name in MLflow holds letters, digits and few signs
    ctx.tracker.log_metrics(figures.summary | figures.changes | {name.replace("+", ".").replace("@", "."): n for name, n in by_name.items()})
    if figures.labels is not None:
        say_labels(ctx, settings, figures.labels)
        ctx.tracker.log_metrics({f"labels/{name}": value for name, value in figures.labels.now.items()})
    ctx.tracker.log_metrics({f"gate/{m.name}": m.observed for m in figures.measures})
    ctx.tracker.log_text(_picture(figures), GATE_PAGE)
    unexplained = sum(n for rule, n in figures.refused.items() if rule.endswith(f"/{UNEXPLAINED}"))
    ctx.check("unexplained_refusals", observed=unexplained, expected=0)
    if not all(m.holds for m in figures.measures):
        for move in result.naming.moves[:MOST_CHANGED]:
            ctx.log(f"most changed: {move.customer_id} -> {move.to or 'nobody'}", identifiers=move.identifiers)
    for measure in sorted(figures.measures, key=lambda m: m.holds, reverse=True):  # what holds is booked too
        ctx.check(measure.name, observed=measure.observed, expected=measure.limit, passed=measure.holds)


def _picture(figures: Figures) -> str:
    """Return the page of the gate that MLflow keeps: also, and above all, if it is not passed."""
    gate = [(m.name, m.observed, m.limit) for m in figures.measures]
    groups = {"Links": figures.links, "Refused": figures.refused, "Ids": figures.changes}
    return to_gate_page(dict(zip(SIZE_NAMES, figures.sizes, strict=True)), gate, groups)


def publish(ctx: JobContext, evidence: Evidence, result: Result) -> None:
    """Store the map, what was refused, and what happened to ids."""
    occasion = life.Occasion(end_of_knowledge(ctx), evidence.cause, str(version_before(ctx, IdentityMap)))
    aliases = read_before(ctx, IdentityAliases)
    ctx.write(IdentityMap, result.identity_map)
    ctx.write(IdentityRefusals, result.refusals)
    if result.closed is not None:
        ctx.write(IdentityHistory, result.closed)
    if result.naming.heirs or _is_left_by_a_kill(ctx):
        retired = small_frame(ctx.spark, life.alias_rows(result.naming.heirs, occasion), IdentityAliases.contract.columns)
        ctx.write(IdentityAliases, aliases.transform(life.to_aliases, retired))
    happened = frame_of(ctx.spark, life.event_rows(result.naming.happenings, occasion), schema_of(IdentityEvents.contract))
    ctx.write(IdentityEvents, result.minted.transform(life.to_mint_events, occasion).unionByName(happened))


def _kept(ctx: JobContext, settings: IdentitySettings, evidence: Evidence, rows: DataFrame, keep: Keep) -> DataFrame:
    """Name the tiers and compute the map."""
    with_exact = rows.transform(ids.with_exact_id)
    if settings.loose is None:
        return keep(with_exact.withColumn(IdentityMap.loose_id, F.col(IdentityMap.customer_id)))
    strict = keep(with_exact)
    return keep(strict.transform(with_loose_tier, ctx=ctx, settings=settings, evidence=evidence, keep=keep))


def _ledger(ctx: JobContext, known: DataFrame) -> tuple[DataFrame, bool]:
    """Return the ids ever minted, by anchor, and whether the events hold them all."""
    if version_before(ctx, IdentityEvents) == ABSENT:
        return known.transform(ids.only_first_names).select(known[IdentityMap.node_key].alias(IdentityMap.anchor_key)), False
    return read_before(ctx, IdentityEvents).transform(ids.to_ledger), True


def _settled(ctx: JobContext, settings: IdentitySettings, overlaps: DataFrame, ledger: DataFrame) -> tuple[Naming, DataFrame]:
    """Settle contested ids on the driver, as long as they are no more than it may hold."""
    contested = overlaps.transform(ids.only_contested)
    if (found := contested.count()) > settings.max_contested_ids:
        raise UsageError(
            f"{found:,} pairs of old and new customers contest an id and max_contested_ids is {settings.max_contested_ids:,}: try the change with "
            f"`crosschannel identity simulate`, or set max_contested_ids in identity.yaml to at least {found:,} and give the driver 1 GB per million"
        )
    pairs = [Overlap(*row) for row in contested.collect()]
    anchors = frame_of(ctx.spark, [(a,) for a in sorted({p.anchor for p in pairs if p.anchor is not None})], f"{IdentityMap.anchor_key} bigint")
    earlier = ledger.join(anchors, on=IdentityMap.anchor_key, how="left_semi").groupBy(IdentityMap.anchor_key).count() if pairs else anchors
    naming = settle_names(pairs, {row[0]: row[1] for row in earlier.collect()})
    given = [(anchor, name, anchor in naming.minted) for anchor, name in sorted(naming.names.items())]
    return naming, overlaps.transform(ids.to_kept_names).unionByName(frame_of(ctx.spark, given, NAMES_DDL))


def _is_left_by_a_kill(ctx: JobContext) -> bool:
    contract = IdentityAliases.contract
    return ctx.before is not None and ctx.lake.data_version(contract) > version_before(ctx, IdentityAliases)


def end_of_knowledge(ctx: JobContext) -> datetime:
    """Return the last moment of the last day the run knows."""
    return ctx.now if ctx.pinned_as_of is None else end_of(ctx.pinned_as_of) - timedelta(microseconds=1)
