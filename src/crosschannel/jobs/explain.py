"""Explain one customer: look up an identifier or a customer_id and gather what the lake knows."""

from __future__ import annotations

from typing import Any

from pyspark.sql import functions as F

from crosschannel.contracts.acting import ActionLists, ScoreReasons
from crosschannel.contracts.customers import IdentityEvents
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments
from crosschannel.contracts.silver import Events, Identifiers, IdentityMap, IdentityRefusals
from crosschannel.contracts.values import CustomerValues
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release, read_release
from crosschannel.jobs.locate import locate
from crosschannel.publish import card
from crosschannel.settings.project import Project


def explain(lake: Lake, project: Project, text: str) -> dict[str, Any]:
    """Return the card of the customer behind ``text``.

    Parameters
    ----------
    text
        A customer_id, ``namespace:value``, ``namespace#pseudonym``, or a value to try in every
        namespace of the project.

    Raises
    ------
    UsageError
        Nobody is found, or several customers are. The message does not repeat the identifier.
    """
    found = locate(lake, project.identity, text.strip())
    customer_id = found.customer_id
    nodes = lake.read(IdentityMap.contract).transform(card.only_customer, customer_id).collect()
    keys = [node[IdentityMap.node_key] for node in nodes]
    release = current_release(lake)
    mine = F.col(PublishedSegments.customer_id) == customer_id
    customer = next(iter(read_release(lake, PublishedSegments, release).where(mine).collect()), None)
    scores = read_release(lake, PublishedScores, release).where(mine).collect()
    has_lists = release is not None and ActionLists.contract.name in release.table_versions
    listed = read_release(lake, ActionLists, release if has_lists else None).where(mine)
    day = release.as_of_date if release else None
    profiles = {p[PublishedProfiles.segment_id]: p for p in read_release(lake, PublishedProfiles, release).collect()}
    return {
        "customer": customer_id,
        "found_by": found.found_by,
        "identified": nodes[0][IdentityMap.is_identified],
        "identifiers": card.identifiers_of(nodes),
        "by_channel": card.by_channel_of(lake.read(Identifiers.contract).transform(card.to_identifier_channels, keys).collect()),
        "refused": card.refusals_of(lake.read(IdentityRefusals.contract).transform(card.to_refused, keys).collect(), nodes),
        "channels": card.channels_of(lake.read(Events.contract).transform(card.to_channel_counts, keys).collect()),
        "history": card.history_of(lake.read(IdentityEvents.contract).transform(card.to_history, customer_id).collect()),
        "segment": card.segment_of(customer, profiles.get(customer[PublishedSegments.segment_id]) if customer else None),
        "scores": card.scores_of(scores),
        "reasons": card.reasons_of(lake.read(ScoreReasons.contract).transform(card.only_day_of, customer_id, day).collect(), scores),
        "lists": card.lists_of(listed.collect()),
        "value": card.value_of(lake.read(CustomerValues.contract).transform(card.to_latest_value, customer_id).collect()),
        "release": release and {"id": release.release_id, "number": release.release_number, "as_of": release.as_of_date},
    }
