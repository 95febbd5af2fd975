"""Try the settings of a project on a lake: what would happen to its customers, with nothing written.

Everything after ``conform_events`` is tried: namespaces, limits, links, devices, the gate. Normalisers
and blocklists act when events are conformed, on values the lake does not keep, and are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from crosschannel.contracts.silver import Identifiers, IdentityRefusals
from crosschannel.errors import UsageError
from crosschannel.identity.naming import Naming
from crosschannel.identity.summary import ROWS, SIZES, to_rule_counts, to_summary
from crosschannel.io.clock import utc_now
from crosschannel.io.lake import Lake
from crosschannel.io.staging import staging
from crosschannel.jobs.left_before import read_known
from crosschannel.jobs.publishing_ids import measured, named
from crosschannel.jobs.stitching import solved, tried
from crosschannel.runtime.as_of import last_full_day
from crosschannel.runtime.context import JobContext
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.stitching import Stitching

MOST_CHANGED = 50
JOB_NAME = "stitch_identities"  # whose tables are read


def simulate(lake: Lake, told: Stitching, say: Callable[[str], None], raw: str = "") -> dict[str, Any]:
    """Stitch with other settings and compare with the map as it is.

    Parameters
    ----------
    raw
        Where the labels of the settings lie, if they name any.

    Returns
    -------
    dict
        ``before`` and ``after`` (counts), ``changes`` of ids, ``refusals`` by rule before and after,
        ``most_changed`` customers, ``labels`` (precision, recall and F1 now and before, if any are
        given), ``lost`` ids with their heirs, and ``gate``, whether each measure
        would hold.
    """
    ctx = JobContext(JOB_NAME, lake, raw.rstrip("/"), 0, utc_now(), _no_tracker, say, last_full_day(lake))
    known, settings = read_known(ctx), told.identity
    if known is None:
        raise UsageError(f"{lake.root} has no identity map to compare with; run `crosschannel run --lake {lake.root} --raw DIR --until {JOB_NAME}` first")
    _refuse_undeclared(ctx, settings)
    refused = ctx.lake.read(IdentityRefusals.contract).transform(to_rule_counts, IdentityRefusals.stage, IdentityRefusals.rule).collect()
    (before,) = known.transform(to_summary, max_customer_size=settings.max_customer_size).drop(SIZES).collect()
    with staging() as keep:
        evidence = tried(ctx, told, keep)
        result = named(ctx, settings, evidence, solved(ctx, settings, evidence, None, keep), known, keep)
        figures = measured(ctx, settings, evidence, result)
    return {
        "before": before.asDict(),
        "after": figures.summary,
        "changes": figures.changes,
        "refusals": _beside({f"{r[0]}/{r[1]}": r[ROWS] for r in refused}, figures.refused),
        "most_changed": _most_changed(result.naming),
        "labels": {"now": figures.labels.now, "before": figures.labels.before} if figures.labels else None,
        "lost": dict(sorted(result.naming.heirs.items())[:MOST_CHANGED]),
        "gate": [{"measure": m.name, "observed": m.observed, "limit": m.limit, "holds": m.holds} for m in figures.measures],
    }


def _no_tracker() -> NoReturn:
    raise UsageError("a simulation is not tracked")


def _refuse_undeclared(ctx: JobContext, settings: IdentitySettings) -> None:
    found = {row[0] for row in ctx.read(Identifiers).select(Identifiers.namespace).distinct().collect()}  # a handful
    if missing := sorted(found - set(settings.namespaces)):
        raise UsageError(f"identity.yaml declares no namespace {', '.join(missing)}, which the lake holds; {choose_from(missing[0], settings.namespaces)}")


def _beside(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, dict[str, int]]:
    return {rule: {"before": before.get(rule, 0), "after": after.get(rule, 0)} for rule in sorted({*before, *after})}


def _most_changed(naming: Naming) -> list[dict[str, Any]]:
    """Return the customers that lose most identifiers, and to whom."""
    lost: dict[str, dict[str, int]] = {}
    for move in naming.moves:
        lost.setdefault(move.customer_id, {})[move.to or "nobody"] = move.identifiers
    ranked = sorted(lost.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return [{"customer": old, "moved": sum(to.values()), "to": to} for old, to in ranked[:MOST_CHANGED]]
