"""The evidence a report draws: the longest chain of a customer, and a union that was refused; nobody is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from pyspark.sql import Row

from crosschannel.contracts.people import RecordLinks
from crosschannel.contracts.silver import ON_RECORDS, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.io.lake import Lake
from crosschannel.quality import evidence_tables as tables
from crosschannel.quality.report_evidence import Drawn, Example

MAX_LINKS = 6  # of a longer chain, those nearest the anchor are drawn
DIGITS = 4  # of a pseudonym: too few to ask `explain` with
Nodes = Mapping[int, Row]
Pair = tuple[int, int]


def evidence_examples(lake: Lake) -> tuple[Example, ...]:
    """Return what there is to draw: a chain, if any customer has one, and a refused pair, if any was refused."""
    identity_map = lake.read(IdentityMap.contract)
    customers = [row[IdentityMap.customer_id] for row in identity_map.transform(tables.to_far_reaching).collect()]
    refused = next(iter(lake.read(IdentityRefusals.contract).transform(tables.to_common_refusal).collect()), None)
    ends = [int(refused[tables.FIRST][end]) for end in tables.ENDS] if refused else []
    if not customers and not ends:
        return ()
    at_ends = [row[IdentityMap.customer_id] for row in identity_map.where(identity_map[IdentityMap.node_key].isin(*ends)).collect()]
    rows = identity_map.transform(tables.only_members, sorted({*customers, *at_ends})).collect()
    members = {int(row[IdentityMap.node_key]): row for row in rows}
    chain = tables.longest_chain(members, customers)
    sides = [tables.chain_to_anchor(members, end)[:2] for end in ends if end in members]
    edges = _links_between(lake, drawn := sorted({*chain[-MAX_LINKS - 1 :], *(key for side in sides for key in side)}))
    bits = bits_between(lake, drawn, {row[IdentityEdges.rule] for rows in edges.values() for row in rows})
    found = [_chain(chain, members, edges, bits)] if len(chain) > 1 else []
    if refused and len(sides) == len(ends):
        found.append(_refused(refused, sides, members, edges, bits))
    return tuple(found)


def bits_between(lake: Lake, keys: Sequence[int], rules: Iterable[str]) -> dict[Pair, float]:
    """Return the weight in bits of pairs of records among a few identifiers, if a link by one of the rules rests on records."""
    if ON_RECORDS not in set(rules):
        return {}
    weighed = lake.read(RecordLinks.contract).transform(tables.only_between, keys).collect()
    return {(row[RecordLinks.left_key], row[RecordLinks.right_key]): row[RecordLinks.weight] for row in weighed}


def _links_between(lake: Lake, keys: Sequence[int]) -> dict[Pair, list[Row]]:
    found: dict[Pair, list[Row]] = {}
    for row in lake.read(IdentityEdges.contract).transform(tables.only_between, keys).collect():
        found.setdefault((row[IdentityEdges.left_key], row[IdentityEdges.right_key]), []).append(row)
    return {pair: sorted(rows, key=lambda row: str(row[IdentityEdges.rule])) for pair, rows in found.items()}


def _chain(chain: list[int], members: Nodes, edges: Mapping[Pair, list[Row]], bits: Mapping[Pair, float]) -> Example:
    shown = chain[-MAX_LINKS - 1 :]
    whole = len(chain) - 1
    cut = f" The {len(shown) - 1} links nearest the customer's anchor are drawn, of {whole}." if len(shown) < len(chain) else ""
    links = tuple(_link(one, other, members, edges, bits) for one, other in pairwise(shown))
    caption = f"The longest chain of the customers with most indirect links: {whole} to the anchor, which stands last.{cut}"
    return Example("One customer", caption, tuple(_label(members[key]) for key in shown), links)


def _refused(refused: Row, sides: list[list[int]], members: Nodes, edges: Mapping[Pair, list[Row]], bits: Mapping[Pair, float]) -> Example:
    left, right = sides
    counted = refused[tables.FIRST]
    why = Drawn(
        f"refused: {refused[IdentityRefusals.rule]} ({refused[IdentityRefusals.stage]})",
        f"{counted[IdentityRefusals.observed]:,} counted, {counted[IdentityRefusals.permitted]:,} allowed; {_seen(edges.get(_pair(left[0], right[0]), []))}",
        True,
    )
    before, after = ([_link(one, other, members, edges, bits) for one, other in pairwise(side)] for side in (left[::-1], right))
    nodes = tuple(_label(members[key]) for key in (*left[::-1], *right))
    is_one = members[left[0]][IdentityMap.customer_id] == members[right[0]][IdentityMap.customer_id]
    caption = f"A union that was refused, by the commonest rule for pairs: {refused[tables.ROWS]:,} pairs. Each side is drawn with what it hangs on."
    return Example("One customer by other links" if is_one else "Two customers", caption, nodes, (*before, why, *after))


def _link(one: int, other: int, members: Nodes, edges: Mapping[Pair, list[Row]], bits: Mapping[Pair, float]) -> Drawn:
    rows = edges.get(_pair(one, other), [])
    rules = {members[key][IdentityMap.evidence_rule] for key in (one, other)}
    mine = [row for row in rows if row[IdentityEdges.rule] in rules] or rows
    label = mine[0][IdentityEdges.rule] if mine else "linked through its customer"
    weight = bits.get(_pair(one, other))
    return Drawn(label, _seen(mine[:1]) + ("" if weight is None else f", weight {weight:.1f} bits"), False)


def _seen(rows: Sequence[Row]) -> str:
    if not rows:
        return "not seen on one record"
    row = rows[0]
    first, last = (f"{row[c]:%Y-%m}" for c in (IdentityEdges.first_seen_ts, IdentityEdges.last_seen_ts))
    count = row[IdentityEdges.record_count]
    return f"{f'{count:,} event' + 's' * (count > 1) if count else 'by decision'}, {first}" + (f" to {last}" if last != first else "")


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def _label(node: Row) -> str:
    return f"{node[IdentityMap.namespace]} {node[IdentityMap.identifier_hash][:DIGITS]}"
