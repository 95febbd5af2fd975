"""Explain why two identifiers are one customer, or why they are not: the shortest chain of evidence."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.silver import ON_RECORDS, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.identity.path import Link, shortest_path
from crosschannel.io.lake import Lake
from crosschannel.jobs.evidence_examples import bits_between
from crosschannel.jobs.locate import Found, locate
from crosschannel.publish import card
from crosschannel.quality.report_evidence import Drawn, to_svg
from crosschannel.settings.project import Project

MAX_HOPS = 8
MAX_NOTES = 5  # refused links nearby that are written below the drawing
MAX_LINKS = 20_000  # looked at; a hub of more is cut, strongest links first, and the answer says so


def explain_pair(lake: Lake, project: Project, one: str, other: str) -> dict[str, Any]:
    """Return the shortest chain of links between two identifiers, with the refused links nearby.

    Returns
    -------
    dict
        ``ends``, ``same_customer``, ``path`` (one fact per link, with its weight in ``bits`` where
        records were compared; empty if none of ``MAX_HOPS`` exists), ``refused``, and ``is_cut``, whether links were left out of the search.
    """
    ends = [locate(lake, project.identity, text.strip()) for text in (one, other)]
    start, end = (int(found.node[IdentityMap.node_key]) for found in ends)
    same = ends[0].customer_id == ends[1].customer_id
    links, is_cut = _links_around(lake, ends, start, end)
    path = shortest_path(links, start, end) or []
    keys = sorted({start, end} | {key for link in path for key in (link.left, link.right)})
    nodes = {row[IdentityMap.node_key]: row for row in lake.read(IdentityMap.contract).where(F.col(IdentityMap.node_key).isin(*keys)).collect()}
    refused = lake.read(IdentityRefusals.contract).transform(card.to_refused, keys).collect()
    return {
        "ends": [{"customer": found.customer_id, "identifier": _label(found.node), "found_by": found.found_by} for found in ends],
        "same_customer": same,
        "path": _steps(path, start, nodes, bits_between(lake, keys, [link.rule for link in path])),
        "refused": card.refusals_of(refused, list(nodes.values())),
        "is_cut": is_cut,
    }


def draw(answer: dict[str, Any]) -> str:
    """Return the chain as SVG, with the first refused links below it."""
    path = answer["path"]
    nodes = [path[0]["from"], *(step["to"] for step in path)] if path else [end["identifier"] for end in answer["ends"]]
    links = [Drawn(step["rule"], _dates(step), not step["is_kept"]) for step in path] or [Drawn("no chain of evidence", "", True)]
    notes = [_refusal(one) for one in answer["refused"][:MAX_NOTES]]
    more = len(answer["refused"]) - len(notes)
    notes += [f"and {more} more"] if more > 0 else []
    return to_svg(nodes, links, "one customer" if answer["same_customer"] else "two customers", notes)


def _links_around(lake: Lake, ends: list[Found], start: int, end: int) -> tuple[list[Link], bool]:
    """Fetch links ring by ring, beginning with both customers whole, until the ends meet or the search is spent."""
    edges = lake.read(IdentityEdges.contract)
    customers = sorted({found.customer_id for found in ends})
    members = lake.read(IdentityMap.contract).where(F.col(IdentityMap.customer_id).isin(*customers)).limit(card.MAX_IDENTIFIERS * 2)
    frontier = {int(row[IdentityMap.node_key]) for row in members.collect()} | {start, end}
    links: dict[tuple[int, int, str], Link] = {}
    seen: set[int] = set()
    for _ in range(MAX_HOPS // 2):  # two rings grow towards each other
        if not frontier or len(links) >= MAX_LINKS:
            break
        rows = edges.transform(_at, sorted(frontier)).collect()
        links |= {(row[IdentityEdges.left_key], row[IdentityEdges.right_key], row[IdentityEdges.rule]): _link(row) for row in rows}
        seen |= frontier
        if shortest_path(links.values(), start, end) is not None:
            break
        frontier = {key for link in links.values() for key in (link.left, link.right)} - seen
    return list(links.values()), len(links) >= MAX_LINKS


def _at(edges: DataFrame, keys: list[int]) -> DataFrame:
    touches = F.col(IdentityEdges.left_key).isin(*keys) | F.col(IdentityEdges.right_key).isin(*keys)
    return edges.where(touches).orderBy(F.col(IdentityEdges.record_count).desc(), *IdentityEdges.contract.key).limit(MAX_LINKS)


def _link(row: Row) -> Link:
    first, last = row[IdentityEdges.first_seen_ts], row[IdentityEdges.last_seen_ts]
    ends = row[IdentityEdges.left_key], row[IdentityEdges.right_key]
    return Link(*ends, row[IdentityEdges.rule], row[IdentityEdges.record_count], first, last, tuple(row[IdentityEdges.sources]))


def _steps(path: list[Link], start: int, nodes: dict[int, Row], bits: dict[tuple[int, int], float]) -> list[dict[str, Any]]:
    steps, here = [], start
    for link in path:
        there = link.other(here)
        steps.append(
            {
                "from": _label(nodes.get(here)), "to": _label(nodes.get(there)), "rule": link.rule, "events": link.events, "first": link.first,
                "last": link.last, "sources": list(link.sources), "bits": bits.get((link.left, link.right)) if link.rule == ON_RECORDS else None,
                "is_kept": _customer(nodes.get(here)) == _customer(nodes.get(there)) is not None,
            }
        )  # fmt: skip
        here = there
    return steps


def _customer(node: Row | None) -> str | None:
    return None if node is None else str(node[IdentityMap.customer_id])


def _label(node: Row | None) -> str:
    if node is None:  # a map the gate refused has left its edges behind
        return "not in the map"
    return f"{node[IdentityMap.namespace]} {node[IdentityMap.identifier_hash][: card.PREFIX]}"


def _dates(step: dict[str, Any]) -> str:
    said = f"{step['events']:,} event{'s' * (step['events'] > 1)}" if step["events"] else "by decision"
    weight = "" if step["bits"] is None else f", weight {step['bits']:.1f} bits"
    return f"{said}, {step['first']:%Y-%m-%d} to {step['last']:%Y-%m-%d}{weight}{'' if step['is_kept'] else ', refused'}"


def _refusal(one: dict[str, Any]) -> str:
    counted = f"{one[IdentityRefusals.observed]:,} counted, {one[IdentityRefusals.permitted]:,} allowed"
    return f"refused nearby: {one[IdentityRefusals.rule]} ({one[IdentityRefusals.stage]}) at {' and '.join(one['at'])}; {counted}"
