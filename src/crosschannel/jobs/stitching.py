"""What ``stitch_identities`` is made of: what a run may build on, what it solves anew, what it publishes.

A run builds on the versions its last success left. New events are added to the edges of before and
only the components they touch are solved again; after removals the edges are counted anew, and again
only what differs is solved. Changed settings or code solve everything. The members come out the same
in all three ways; the ids follow those of the map before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.customers import IdentityEvents
from crosschannel.contracts.ops import IdentityActions
from crosschannel.contracts.people import Profiles
from crosschannel.contracts.privacy import Consents
from crosschannel.contracts.silver import BY_DECISION, ON_DEVICE, ON_EVENT, ON_RECORDS, Identifiers, IdentityEdges, IdentityMap
from crosschannel.identity import growth
from crosschannel.identity.canonical import to_members
from crosschannel.identity.components import to_components
from crosschannel.identity.decisions import is_block_expr, only_standing, to_decided_edges, to_decided_on, to_vetoes, without_blocked
from crosschannel.identity.edges import to_edges, to_nodes
from crosschannel.identity.guests import to_guest_edges
from crosschannel.identity.scope import only_beyond, only_edges_at, only_within, to_scope, to_settled, to_touched_components
from crosschannel.identity.tenure import passes_on, to_former_links
from crosschannel.identity.windows import to_crossed
from crosschannel.io.lake import ABSENT
from crosschannel.io.spill import spilled_by_stage
from crosschannel.jobs.barring import Barred, barred
from crosschannel.jobs.driver_room import driver_room
from crosschannel.jobs.left_before import known_day, read_before, version_before
from crosschannel.jobs.matching import Matches, match_records
from crosschannel.runtime.context import JobContext
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.stitching import Stitching

Keep = Callable[[DataFrame], DataFrame]
INFERRED = (ON_DEVICE, BY_DECISION, ON_RECORDS)  # counted anew in every run


@dataclass(frozen=True)
class Evidence:
    """The graph as it is now, and which identifiers it differs at from the graph before (``None``: at all)."""

    identifiers: DataFrame
    nodes: DataFrame
    edges: DataFrame
    standing: DataFrame | None  # decisions of people
    touched: DataFrame | None
    cause: str
    matches: Matches | None = None  # records of people that were compared
    barred: Barred | None = None  # values that rules bar from linking
    former: DataFrame | None = None  # links of numbers that passed to somebody else

    @property
    def vetoes(self) -> DataFrame | None:
        """Pairs that people declared to be two persons."""
        return None if self.standing is None else self.standing.transform(to_vetoes)


@dataclass(frozen=True)
class Decisions:
    """What people decided: what stands of it, whether that is news, and whether the news is about blocked values."""

    taken: DataFrame
    standing: DataFrame
    is_news: bool
    is_block: bool


def gather(ctx: JobContext, told: Stitching, known: DataFrame | None, keep: Keep) -> Evidence:
    """Bring edges and nodes up to date, store the edges, and find what changed."""
    settings = told.identity
    decided = _decisions(ctx, keep)
    standing = decided.standing if decided else None
    identifiers = ctx.read(Identifiers)
    base = known if ctx.before is not None and ctx.before.same_rules else None
    before = read_before(ctx, IdentityEdges)
    is_recount = base is None or (decided is not None and decided.is_block)
    added = None if is_recount else ctx.lake.appended_since(Identifiers.contract, _seen_version(ctx))
    added = None if added is None else keep(_usable(added, standing))
    out = barred(ctx, told, ctx.read(Consents), _usable(identifiers, standing), added, keep)
    if base is None or added is None or (out is not None and out.turned(ctx, base)):
        added = None
        nodes, direct = _counted(_usable(identifiers, standing, out), settings)
    else:
        added = _usable(added, None, out)
        new_nodes, new_edges = _counted(added, settings)
        nodes = keep(growth.to_grown_nodes(growth.to_known_nodes(base), new_nodes))
        direct = growth.to_grown_edges(_seen_on(before, ON_EVENT), new_edges)
    matches = _matched(ctx, settings, standing, out, keep)
    stored = _seen_on(ctx.write(IdentityEdges, direct, slices=[ON_EVENT]), ON_EVENT)
    edges = ctx.write(IdentityEdges, _inferred(stored, nodes, standing, settings, matches), slices=INFERRED)
    former = _former(edges, settings, keep)
    if base is None:
        cause = "first_build" if version_before(ctx, IdentityEvents) == ABSENT else "rules"
        return Evidence(identifiers, nodes, edges, standing, None, cause, matches, out, former)
    touched, cause = _touched(base, before, nodes, edges, added)
    touched = touched.unionByName(base.transform(to_crossed, settings=settings, as_of=known_day(ctx)))
    if decided is not None and decided.is_news:
        touched, cause = touched.unionByName(decided.taken.transform(to_decided_on)), "decisions"
    return Evidence(identifiers, nodes, edges, standing, keep(touched.distinct()), cause, matches, out, former)


def tried(ctx: JobContext, told: Stitching, keep: Keep) -> Evidence:
    """Count everything anew under other settings, and store nothing."""
    settings = told.identity
    decided = _decisions(ctx, keep)
    standing = decided.standing if decided else None
    identifiers = ctx.read(Identifiers)
    out = barred(ctx, told, ctx.read(Consents), _usable(identifiers, standing), None, keep)
    nodes, direct = _counted(_usable(identifiers, standing, out), settings)
    direct = keep(direct)
    matches = _matched(ctx, settings, standing, out, keep)
    edges = keep(direct.unionByName(_inferred(direct, nodes, standing, settings, matches)))
    return Evidence(identifiers, nodes, edges, standing, None, "rules", matches, out, _former(edges, settings, keep))


def solved(ctx: JobContext, settings: IdentitySettings, evidence: Evidence, known: DataFrame | None, keep: Keep) -> DataFrame:
    """Return the members, solving no more than what changed can reach."""
    rules = {"settings": settings, "vetoes": evidence.vetoes, "former": evidence.former, "as_of": known_day(ctx)}
    if evidence.touched is None or known is None:
        components = _components(ctx, evidence.edges, settings, keep)
        return evidence.nodes.transform(to_members, edges=evidence.edges, components=components, **rules)
    touched = keep(evidence.touched.transform(to_touched_components, known=known))
    scope = keep(
        evidence.touched.transform(to_scope, components=touched, known=known, edges=evidence.edges, people=settings.people)
    )
    ctx.log("touched", identifiers=evidence.touched.count(), components=touched.count(), solved_again=scope.count())
    edges = keep(evidence.edges.transform(only_edges_at, scope))
    components = _components(ctx, edges, settings, keep)
    again = evidence.nodes.transform(only_within, scope).transform(
        to_members, edges=edges, components=components, settled=known.transform(to_settled, scope), **rules
    )
    return known.transform(only_beyond, scope).select(*again.columns).unionByName(again)


def _decisions(ctx: JobContext, keep: Keep) -> Decisions | None:
    contract = IdentityActions.contract
    if not ctx.lake.exists(contract):
        return None
    taken = ctx.read(IdentityActions)
    is_news = ctx.before is None or ctx.before.inputs.get(contract.name, ABSENT) != ctx.lake.data_version(contract)
    is_block = is_news and not taken.where(is_block_expr()).isEmpty()
    return Decisions(taken, keep(taken.transform(only_standing)), is_news, is_block)


def _usable(rows: DataFrame, standing: DataFrame | None, out: Barred | None = None) -> DataFrame:
    """Drop what people blocked and what rules bar."""
    kept = rows if standing is None else rows.transform(without_blocked, standing)
    return kept if out is None else out.without(kept)


def _former(edges: DataFrame, settings: IdentitySettings, keep: Keep) -> DataFrame | None:
    """Find the links that solving leaves out and refusals name, once for both."""
    return keep(edges.transform(to_former_links, settings=settings)) if passes_on(settings) else None


def _components(ctx: JobContext, edges: DataFrame, settings: IdentitySettings, keep: Keep) -> DataFrame:
    room = driver_room(settings)
    return edges.transform(to_components, max_driver_edges=room, keep=keep, say=ctx.say, spilled=lambda: spilled_by_stage(ctx.spark))


def _counted(identifiers: DataFrame, settings: IdentitySettings) -> tuple[DataFrame, DataFrame]:
    return identifiers.transform(to_nodes), identifiers.transform(to_edges, settings=settings)


def _matched(ctx: JobContext, settings: IdentitySettings, standing: DataFrame | None, out: Barred | None, keep: Keep) -> Matches | None:
    """Compare the records of people, in projects that have any."""
    if not settings.records:
        return None
    profiles, identifiers = (_usable(ctx.read(table), standing, out) for table in (Profiles, Identifiers))
    return match_records(ctx, settings, profiles, identifiers, keep)


def _inferred(direct: DataFrame, nodes: DataFrame, standing: DataFrame | None, settings: IdentitySettings, matches: Matches | None) -> DataFrame:
    """Return the edges no event shows: of guests on devices, of records that look alike, and those people decided."""
    edges = direct.transform(to_guest_edges, nodes=nodes, settings=settings)
    if matches is not None:
        edges = edges.unionByName(matches.edges)
    return edges if standing is None else edges.unionByName(standing.transform(to_decided_edges, nodes=nodes, settings=settings))


def _seen_version(ctx: JobContext) -> int:
    return ABSENT if ctx.before is None else ctx.before.inputs.get(Identifiers.contract.name, ABSENT)


def _seen_on(edges: DataFrame, *kinds: str) -> DataFrame:
    return edges.where(F.col(IdentityEdges.seen_on).isin(*kinds))


def _touched(known: DataFrame, before: DataFrame, nodes: DataFrame, edges: DataFrame, added: DataFrame | None) -> tuple[DataFrame, str]:
    """Return the identifiers whose evidence differs, and why: something was added, or something removed."""
    inferred = growth.to_changed_ends(_seen_on(before, *INFERRED), _seen_on(edges, *INFERRED))
    if added is not None:
        return inferred.unionByName(added.transform(to_nodes).select(IdentityMap.node_key)), "evidence"
    direct = growth.to_changed_ends(_seen_on(before, ON_EVENT), _seen_on(edges, ON_EVENT))
    counted = growth.to_changed_nodes(growth.to_known_nodes(known), nodes)
    return inferred.unionByName(direct).unionByName(counted), "removals"
