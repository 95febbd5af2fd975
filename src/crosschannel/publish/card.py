"""The card of one customer: which identifiers make it up, why, and what is published about it.

All frames are cut to one customer and bounded; identifiers appear as the first digits of their
pseudonym only. ``card_of`` turns the rows into plain values, ready to print or to write as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.acting import ActionLists, ScoreReasons
from crosschannel.contracts.customers import IdentityEvents
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments
from crosschannel.contracts.silver import Events, Identifiers, IdentityMap, IdentityRefusals
from crosschannel.contracts.values import CustomerValues

MAX_IDENTIFIERS = 500  # a customer of a personal device may have dropped hundreds of cookies
MAX_PER_NAMESPACE = 5
MAX_REFUSALS = 50
MAX_HISTORY = 50
MAX_TRAITS = 6
PREFIX = 10  # digits of a pseudonym that are shown
EVENTS, FIRST, LAST, NODES = "EVENTS", "FIRST", "LAST", "NODES"
Fact = dict[str, Any]


def only_customer(identity_map: DataFrame, customer_id: str) -> DataFrame:
    """Keep the identifiers of one customer, best evidence first."""
    order = (F.col(IdentityMap.evidence_key).isNotNull(), F.col(IdentityMap.evidence_count).desc_nulls_last(), F.col(IdentityMap.node_key))
    return identity_map.where(F.col(IdentityMap.customer_id) == customer_id).orderBy(*order).limit(MAX_IDENTIFIERS)


def only_candidates(identity_map: DataFrame, pseudonyms: Iterable[str]) -> DataFrame:
    """Keep the identifiers with one of the pseudonyms."""
    return identity_map.where(F.col(IdentityMap.identifier_hash).isin(*pseudonyms))


def to_refused(refusals: DataFrame, node_keys: Sequence[int]) -> DataFrame:
    """Return refused links that touch one of the identifiers."""
    touches = F.col(IdentityRefusals.left_key).isin(*node_keys) | F.col(IdentityRefusals.right_key).isin(*node_keys)
    return refusals.where(touches).orderBy(*IdentityRefusals.contract.key).limit(MAX_REFUSALS)


def to_channel_counts(events: DataFrame, node_keys: Sequence[int]) -> DataFrame:
    """Return, per channel, how many events the identifiers carry and when."""
    mine = events.where(F.col(Events.node_key).isin(*node_keys))
    counted = mine.groupBy(Events.channel).agg(
        F.count(F.lit(1)).alias(EVENTS), F.min(Events.event_ts).alias(FIRST), F.max(Events.event_ts).alias(LAST)
    )
    return counted.orderBy(F.col(EVENTS).desc(), Events.channel)


def to_identifier_channels(identifiers: DataFrame, node_keys: Sequence[int]) -> DataFrame:
    """Return, per channel and namespace, how many of the identifiers were seen there and when last."""
    mine = identifiers.where(F.col(Identifiers.node_key).isin(*node_keys))
    counted = mine.groupBy(Identifiers.channel, Identifiers.namespace).agg(
        F.count_distinct(Identifiers.node_key).alias(NODES), F.max(Identifiers.event_ts).alias(LAST)
    )
    return counted.orderBy(Identifiers.channel, Identifiers.namespace)


def to_history(events: DataFrame, customer_id: str) -> DataFrame:
    """Return the events in the life of a customer_id, newest first."""
    mine = (F.col(IdentityEvents.customer_id) == customer_id) | F.array_contains(IdentityEvents.other_customer_ids, customer_id)
    order = (F.col(IdentityEvents.occurred_ts).desc(), IdentityEvents.event_type, IdentityEvents.event_key)
    return events.where(mine).orderBy(*order).limit(MAX_HISTORY)


def to_latest_value(values: DataFrame, customer_id: str) -> DataFrame:
    """Return what a customer was last expected to bring, one row at most."""
    return values.where(F.col(CustomerValues.customer_id) == customer_id).orderBy(F.col(CustomerValues.as_of_date).desc()).limit(1)


def by_channel_of(rows: Iterable[Row]) -> list[Fact]:
    """Return identifiers per channel and namespace."""
    return [{"channel": r[Identifiers.channel], "namespace": r[Identifiers.namespace], "identifiers": r[NODES], "last": r[LAST]} for r in rows]


def history_of(rows: Iterable[Row]) -> list[Fact]:
    """Return merges, splits, mint and retirement."""
    columns = (IdentityEvents.occurred_ts, IdentityEvents.event_type, IdentityEvents.customer_id, IdentityEvents.reason, IdentityEvents.cause)
    return [{str(c): r[c] for c in columns} | {"others": list(r[IdentityEvents.other_customer_ids])} for r in rows]


def identifiers_of(nodes: Sequence[Row]) -> list[Fact]:
    """Group a customer's identifiers by namespace and say what joined each."""
    prefixes = {n[IdentityMap.node_key]: f"{n[IdentityMap.namespace]} {_prefix(n)}" for n in nodes}
    groups: dict[str, list[Row]] = {}
    for node in nodes:
        groups.setdefault(node[IdentityMap.namespace], []).append(node)
    return [
        {
            "namespace": namespace,
            "kind": members[0][IdentityMap.kind],
            "count": len(members),
            "shown": [_identifier(n, prefixes) for n in members[:MAX_PER_NAMESPACE]],
        }
        for namespace, members in groups.items()
    ]


def refusals_of(rows: Sequence[Row], nodes: Sequence[Row]) -> list[Fact]:
    """Say which links were refused at which identifier."""
    mine = {n[IdentityMap.node_key]: f"{n[IdentityMap.namespace]} {_prefix(n)}" for n in nodes}
    said = []
    for row in rows:
        ends = [mine.get(row[key]) for key in (IdentityRefusals.left_key, IdentityRefusals.right_key)]
        inside = sorted({end for end in ends if end})
        said.append(
            {name: row[name] for name in (IdentityRefusals.stage, IdentityRefusals.rule, IdentityRefusals.observed, IdentityRefusals.permitted)}
            | {"at": inside}
        )
    return said


def segment_of(customer: Row | None, profile: Row | None) -> Fact | None:
    """Say which segment a customer was published in; ``None`` if it was not published."""
    if customer is None:
        return None
    known = {
        "segment": customer[PublishedSegments.segment_name],
        "id": customer[PublishedSegments.segment_id],
        "confidence": customer[PublishedSegments.segment_confidence],
        "model": customer[PublishedSegments.segment_model_version],
        "change": customer[PublishedSegments.change_type],
    }
    if profile is None:
        return known
    traits = [t.asDict() for t in profile[PublishedProfiles.traits][:MAX_TRAITS]]
    return known | {"description": profile[PublishedProfiles.description], "channel": profile[PublishedProfiles.preferred_channel], "traits": traits}


def scores_of(rows: Iterable[Row]) -> list[Fact]:
    """Return the published scores by name."""
    columns = (PublishedScores.score_name, PublishedScores.score, PublishedScores.probability, PublishedScores.decile, PublishedScores.model_version)
    return sorted(({str(c): row[c] for c in columns} for row in rows), key=lambda fact: str(fact[PublishedScores.score_name]))


def value_of(rows: Iterable[Row]) -> Fact | None:
    """Return what the customer is expected to bring; ``None`` if nobody or not this customer is valued."""
    return next(({str(c): row[c] for c in CustomerValues.contract.columns if c != CustomerValues.customer_id} for row in rows), None)


def only_day_of(reasons: DataFrame, customer_id: str, as_of_date: date | None) -> DataFrame:
    """Keep the reasons of one customer on one day; one row a score, none without a day."""
    return reasons.where((F.col(ScoreReasons.customer_id) == customer_id) & (F.col(ScoreReasons.as_of_date) == F.lit(as_of_date)))


def reasons_of(rows: Iterable[Row], scores: Iterable[Row]) -> list[Fact]:
    """Say what made each published score, strongest first; reasons of another model than the published one are left out."""
    versions = {s[PublishedScores.score_name]: s[PublishedScores.model_version] for s in scores}
    mine = (r for r in rows if versions.get(r[ScoreReasons.score_name]) == r[ScoreReasons.model_version])
    columns = (ScoreReasons.score_name, ScoreReasons.method, ScoreReasons.margin, ScoreReasons.bias)
    found = [{str(c): r[c] for c in columns} | {"reasons": [x.asDict() for x in r[ScoreReasons.reasons]]} for r in mine]
    return sorted(found, key=lambda fact: str(fact[ScoreReasons.score_name]))


def lists_of(rows: Iterable[Row]) -> list[Fact]:
    """Say which lists a customer is on, and where."""
    columns = (ActionLists.list_name, ActionLists.place, ActionLists.expected_value, ActionLists.candidates)
    return sorted(({str(c): row[c] for c in columns} for row in rows), key=lambda fact: str(fact[ActionLists.list_name]))


def channels_of(rows: Iterable[Row]) -> list[Fact]:
    """Return events per channel."""
    return [{str(Events.channel): r[Events.channel], "events": r[EVENTS], "first": r[FIRST], "last": r[LAST]} for r in rows]


def _identifier(node: Row, prefixes: Mapping[int, str]) -> Fact:
    through = node[IdentityMap.evidence_key]
    return {
        "pseudonym": _prefix(node),
        "first": node[IdentityMap.first_seen_ts],
        "last": node[IdentityMap.last_seen_ts],
        "joined_by": node[IdentityMap.evidence_rule],
        "joined_through": None if through is None else prefixes.get(through, "an identifier not shown"),
        "events": node[IdentityMap.evidence_count],
    }


def _prefix(node: Row) -> str:
    return str(node[IdentityMap.identifier_hash][:PREFIX])
