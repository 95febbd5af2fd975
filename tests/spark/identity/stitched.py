"""Chain the verbs of identity as the job does."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pyspark.sql import DataFrame

from crosschannel.contracts.silver import IdentityMap
from crosschannel.identity.barred import to_barred_keys, without_barred
from crosschannel.identity.canonical import to_members
from crosschannel.identity.components import to_components
from crosschannel.identity.edges import to_edges, to_nodes
from crosschannel.identity.guests import to_guest_edges
from crosschannel.identity.hot import capped, to_hot
from crosschannel.identity.ids import with_first_names
from crosschannel.identity.refusals import to_refusals
from crosschannel.identity.tenure import passes_on, to_former_links
from crosschannel.settings.identity import IdentitySettings
from tests.support.identity_rows import SETTINGS


@dataclass(frozen=True)
class Stitched:
    """The three tables, uncommitted."""

    edges: DataFrame
    identity_map: DataFrame
    refusals: DataFrame

    def customers(self) -> set[frozenset[int]]:
        """Node keys by customer."""
        members: dict[str, set[int]] = {}
        for one in self.identity_map.select(IdentityMap.node_key, IdentityMap.customer_id).collect():
            members.setdefault(one[1], set()).add(one[0])
        return {frozenset(keys) for keys in members.values()}


def stitched(identifiers: DataFrame, settings: IdentitySettings = SETTINGS, as_of: dt.date = dt.date(2026, 1, 10)) -> Stitched:
    """Run the whole stitching on a frame of identifiers."""
    hot = identifiers.transform(to_hot, settings=settings, as_of=as_of).localCheckpoint() if capped(settings) else None
    usable = identifiers if hot is None else identifiers.transform(without_barred, hot.transform(to_barred_keys))
    nodes = usable.transform(to_nodes)
    direct = usable.transform(to_edges, settings=settings).localCheckpoint()
    edges = direct.unionByName(direct.transform(to_guest_edges, nodes=nodes, settings=settings)).localCheckpoint()
    components = edges.transform(to_components, max_driver_edges=settings.max_driver_edges)
    former = edges.transform(to_former_links, settings=settings) if passes_on(settings) else None
    members = nodes.transform(to_members, edges=edges, components=components, settings=settings, as_of=as_of, former=former)
    identity_map = members.transform(with_first_names).localCheckpoint()
    refusals = identifiers.transform(to_refusals, edges=edges, identity_map=identity_map, settings=settings, former=former)
    return Stitched(edges, identity_map, refusals if hot is None else refusals.unionByName(hot))
