"""Identifiers on events: normalised, screened, made pseudonyms, and the strongest one named.

Grain: ``with_node_key`` keeps one row per event, ``to_identifiers`` makes one per identifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.exprs.hashing import key_pads, keyed_hash_expr, node_key_expr
from crosschannel.identity.normalise import message_expr, normalised_expr, screen_reason_expr
from crosschannel.settings.identity import Namespace

VALUE, RANK, INNER_PAD, OUTER_PAD, SIGHTING = "VALUE", "RANK", "INNER_PAD", "OUTER_PAD", "SIGHTING"
SIGHTING_TYPE = f"struct<{Identifiers.namespace}:string,{Identifiers.kind}:string,{RANK}:int,{VALUE}:string,{Identifiers.screen_reason}:string>"


def sighting_expr(namespaces: Mapping[str, Namespace]) -> Callable[[str, Column], Column]:
    """Return what makes a struct of namespace, kind, rank, value and screen_reason of a field's text."""

    def expr(name: str, text: Column) -> Column:
        namespace = namespaces[name]
        value = normalised_expr(text, namespace)
        reason = screen_reason_expr(value, namespace)
        return F.struct(F.lit(name), F.lit(namespace.kind), F.lit(-namespace.priority), value, reason).cast(SIGHTING_TYPE)

    return expr


def with_pseudonyms(events: DataFrame, identifiers: str, *, spark: SparkSession, key: bytes, version: int) -> DataFrame:
    """Replace the values in the array ``identifiers`` by pseudonyms and add ``node_key`` of the strongest usable one.

    The pads of the key come from a one-row frame, so that no plan, log or event file shows them.
    """
    pads = spark.createDataFrame([tuple(bytearray(p) for p in key_pads(key))], f"{INNER_PAD} binary, {OUTER_PAD} binary")
    present = F.filter(F.col(identifiers).cast(f"array<{SIGHTING_TYPE}>"), lambda s: s[VALUE].isNotNull())

    def hashed(s: Column) -> Column:
        value = keyed_hash_expr(message_expr(s[Identifiers.namespace], s[VALUE], version), F.col(INNER_PAD), F.col(OUTER_PAD))
        kept = (s[RANK].alias(RANK), s[Identifiers.namespace].alias(Identifiers.namespace), s[Identifiers.kind].alias(Identifiers.kind))
        return F.struct(*kept, value.alias(Identifiers.identifier_hash), s[Identifiers.screen_reason].alias(Identifiers.screen_reason))

    sightings = F.array_distinct(F.transform(present, hashed))
    return (
        events.crossJoin(F.broadcast(pads))
        .withColumn(identifiers, sightings)
        .drop(INNER_PAD, OUTER_PAD)
        .withColumn(Events.node_key, _strongest(identifiers))
    )


def to_identifiers(events: DataFrame, identifiers: str, key_id: str | None = None) -> DataFrame:
    """Return one row per event and identifier, screened ones too; ``key_id`` names the key of the pseudonyms."""
    spread = events.select(Events.event_id, Events.source, Events.channel, Events.event_ts, F.explode(F.col(identifiers)).alias(SIGHTING))
    sighting = F.col(SIGHTING)
    hashed = sighting[Identifiers.identifier_hash]
    return spread.select(
        Identifiers.event_id,
        node_key_expr(hashed).alias(Identifiers.node_key),
        sighting[Identifiers.namespace].alias(Identifiers.namespace),
        sighting[Identifiers.kind].alias(Identifiers.kind),
        hashed.alias(Identifiers.identifier_hash),
        Identifiers.source,
        Identifiers.channel,
        Identifiers.event_ts,
        sighting[Identifiers.screen_reason].alias(Identifiers.screen_reason),
        F.lit(key_id).cast("string").alias(Identifiers.key_id),
    )


def _strongest(identifiers: str) -> Column:
    usable = F.filter(F.col(identifiers), lambda s: s[Identifiers.screen_reason].isNull())
    ranked = F.transform(usable, lambda s: F.struct(s[RANK].alias(RANK), node_key_expr(s[Identifiers.identifier_hash]).alias(Events.node_key)))
    return F.array_min(ranked)[Events.node_key]


def with_value_node_key(values: DataFrame, namespace: str, value: str, *, spark: SparkSession, key: bytes, version: int) -> DataFrame:
    """Add ``node_key`` to rows of a namespace and a normalised value, such as planted truth."""
    pads = spark.createDataFrame([tuple(bytearray(p) for p in key_pads(key))], f"{INNER_PAD} binary, {OUTER_PAD} binary")
    hashed = keyed_hash_expr(message_expr(F.col(namespace), F.col(value), version), F.col(INNER_PAD), F.col(OUTER_PAD))
    return values.crossJoin(F.broadcast(pads)).withColumn(Identifiers.node_key, node_key_expr(hashed)).drop(INNER_PAD, OUTER_PAD)
