"""What must be solved anew when evidence changed: the components it touches, and the devices around them.

Input   the node_keys whose evidence changed, the map before, the edges as they are now
Output  the node_keys to solve, and the groups around them that stay as they are

Persons are grouped inside components of person edges, so a change reaches no other component than
those of its own identifiers. A device depends on the customers it is seen with: it is looked at
again if its own evidence changed, or if it is seen with a person that is solved anew.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.devices import DEVICE, PERSON, to_device_persons
from crosschannel.identity.resolve import ANCHOR, EVIDENCE, EXACT, SINCE


def to_touched_components(touched: DataFrame, *, known: DataFrame) -> DataFrame:
    """Return the components of the map before that hold a touched person identifier."""
    people = known.where(F.col(IdentityMap.kind) == "person")
    return people.join(touched, on=IdentityMap.node_key, how="left_semi").select(IdentityMap.component_key).distinct()


def to_scope(touched: DataFrame, *, components: DataFrame, known: DataFrame, edges: DataFrame, people: tuple[str, ...]) -> DataFrame:
    """Return the node_key of every identifier to solve anew, each once."""
    members = known.where(F.col(IdentityMap.kind) == "person").join(components, on=IdentityMap.component_key, how="left_semi")
    inner = touched.unionByName(members.select(IdentityMap.node_key)).distinct()
    sightings = edges.transform(to_device_persons, people=people).select(DEVICE, F.col(PERSON).alias(IdentityMap.node_key))
    devices = sightings.join(inner, on=IdentityMap.node_key, how="left_semi").select(F.col(DEVICE).alias(IdentityMap.node_key))
    return inner.unionByName(devices).distinct()


def only_within(rows: DataFrame, scope: DataFrame) -> DataFrame:
    """Keep the rows of identifiers in the scope."""
    return rows.join(scope, on=IdentityMap.node_key, how="left_semi").select(*rows.columns)


def only_beyond(rows: DataFrame, scope: DataFrame) -> DataFrame:
    """Keep the rows of identifiers outside the scope."""
    return rows.join(scope, on=IdentityMap.node_key, how="left_anti").select(*rows.columns)


def only_edges_at(edges: DataFrame, scope: DataFrame) -> DataFrame:
    """Keep the edges with an end in the scope."""
    left, right = (scope.select(F.col(IdentityMap.node_key).alias(end)) for end in (IdentityEdges.left_key, IdentityEdges.right_key))
    at_left = edges.join(left, on=IdentityEdges.left_key, how="left_semi")
    at_right_only = edges.join(left, on=IdentityEdges.left_key, how="left_anti").join(right, on=IdentityEdges.right_key, how="left_semi")
    return at_left.unionByName(at_right_only).select(*edges.columns)


def to_settled(known: DataFrame, scope: DataFrame) -> DataFrame:
    """Return the groups of person identifiers outside the scope as they were found before."""
    people = known.where(F.col(IdentityMap.kind) == "person").transform(only_beyond, scope)
    return people.select(
        IdentityMap.node_key,
        IdentityMap.component_key,
        F.col(IdentityMap.anchor_key).alias(ANCHOR),
        F.col(IdentityMap.evidence_key).alias(EVIDENCE),
        F.col(IdentityMap.exact_key).alias(EXACT),
        F.unix_micros(IdentityMap.valid_from).alias(SINCE),
    )
