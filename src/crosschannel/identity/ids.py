"""Stable ids: customers keep the id they had, whatever was solved anew.

Input   members (``silver.identity_map`` without customer_id) and the map before
Output  the map, each row with its customer_id and whether the id is new

An old and a new customer overlap by the identifiers they share, weighted by what those say about
a person. Where an old customer meets one new customer and that one nobody else, the id stays; the
few others are settled by :mod:`.naming`. Without a map before, every id is the hash of its anchor,
so the same input names the same customers on any machine.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.customers import MINT, IdentityEvents
from crosschannel.contracts.silver import IdentityMap
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.identity.naming import ID_DIGITS, ID_KIND, ID_VERSION
from crosschannel.settings.identity import IdentitySettings

UNIQUE_WEIGHT, PERSON_WEIGHT, OTHER_WEIGHT = 1000, 100, 1  # an identifier one person has one of, another of a person, of a device
NEW_ANCHOR, WEIGHT, FIRST_SEEN, SHARED = "NEW_ANCHOR", "WEIGHT", "FIRST_SEEN", "SHARED"
OVERLAP = (str(IdentityMap.customer_id), NEW_ANCHOR, WEIGHT, FIRST_SEEN, SHARED)  # in the order of naming.Overlap
NEW_PLACES, OLD_PLACES = "NEW_PLACES", "OLD_PLACES"
IS_MINTED, GENERATION, NAMED = "IS_MINTED", "GENERATION", "NAMED"


def to_overlaps(known: DataFrame, *, members: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Weigh what each old customer shares with each new one.

    Returns
    -------
    DataFrame
        One row per old customer_id and ``NEW_ANCHOR`` (null where identifiers are gone): ``WEIGHT``,
        ``FIRST_SEEN`` in microseconds, ``SHARED`` identifiers, and in how many places the old and the new one are met.
    """
    now = members.select(IdentityMap.node_key, F.col(IdentityMap.anchor_key).alias(NEW_ANCHOR))
    first_seen = F.unix_micros(IdentityMap.first_seen_ts)
    overlaps = (
        known.select(IdentityMap.node_key, IdentityMap.customer_id, _weight_expr(settings).alias(WEIGHT), first_seen.alias(FIRST_SEEN))
        .join(now, on=IdentityMap.node_key, how="left")  # one identifier to at most one
        .groupBy(IdentityMap.customer_id, NEW_ANCHOR)
        .agg(F.sum(WEIGHT).alias(WEIGHT), F.min(FIRST_SEEN).alias(FIRST_SEEN), F.count(F.lit(1)).alias(SHARED))
    )
    by_old, by_new = Window.partitionBy(IdentityMap.customer_id), Window.partitionBy(F.coalesce(NEW_ANCHOR, F.xxhash64(IdentityMap.customer_id)))
    return overlaps.withColumns({NEW_PLACES: F.count(F.lit(1)).over(by_old), OLD_PLACES: F.count(F.lit(1)).over(by_new)})


def only_contested(overlaps: DataFrame) -> DataFrame:
    """Keep the pairs in which an id cannot simply stay."""
    return overlaps.where(~_is_plain_expr()).select(*OVERLAP)


def to_kept_names(overlaps: DataFrame) -> DataFrame:
    """Return the ids that stay without a question: anchor_key, ``NAMED``, ``IS_MINTED``."""
    return overlaps.where(_is_plain_expr()).select(
        F.col(NEW_ANCHOR).alias(IdentityMap.anchor_key), F.col(IdentityMap.customer_id).alias(NAMED), F.lit(False).alias(IS_MINTED)
    )


def with_first_names(members: DataFrame) -> DataFrame:
    """Name every customer after its anchor: there was no map before."""
    return members.withColumns({
        str(IdentityMap.customer_id): customer_id_expr(F.col(IdentityMap.anchor_key), F.lit(0)),
        IS_MINTED: F.lit(True),
    })  # fmt: skip


def with_names(members: DataFrame, *, names: DataFrame, minted: DataFrame) -> DataFrame:
    """Add customer_id and ``IS_MINTED``.

    Parameters
    ----------
    names
        Ids kept or settled: anchor_key, ``NAMED``, ``IS_MINTED``; customers without one are new.
    minted
        Ids ever minted (:func:`to_ledger`), so that none returns.
    """
    generations = minted.groupBy(IdentityMap.anchor_key).agg(F.count(F.lit(1)).cast("int").alias(GENERATION))
    named = members.join(names, on=IdentityMap.anchor_key, how="left").join(generations, on=IdentityMap.anchor_key, how="left")
    own = customer_id_expr(F.col(IdentityMap.anchor_key), F.coalesce(GENERATION, F.lit(0)))
    return named.withColumns({
        str(IdentityMap.customer_id): F.coalesce(NAMED, own),
        IS_MINTED: F.coalesce(IS_MINTED, F.lit(True)),
    }).drop(NAMED, GENERATION)  # fmt: skip


def with_exact_id(named: DataFrame) -> DataFrame:
    """Name the exact parts: the customer's id for the part that holds its anchor, a hash of its own anchor for any other."""
    holds_anchor = F.col(IdentityMap.exact_key) == F.col(IdentityMap.anchor_key)
    own = F.concat(F.lit("e_"), F.substring(customer_id_expr(F.col(IdentityMap.exact_key), F.lit(0)), 3, ID_DIGITS))
    return named.withColumn(IdentityMap.exact_id, F.when(holds_anchor, F.col(IdentityMap.customer_id)).otherwise(own))


def to_ledger(events: DataFrame) -> DataFrame:
    """Return the ids ever minted, by anchor."""
    return events.where(F.col(IdentityEvents.event_type) == MINT).select(F.col(IdentityEvents.anchor_key).alias(IdentityMap.anchor_key))


def only_anchors(named: DataFrame) -> DataFrame:
    """Keep one row per customer whose id was minted now."""
    return named.where(F.col(IS_MINTED) & (F.col(IdentityMap.node_key) == F.col(IdentityMap.anchor_key)))


def only_first_names(known: DataFrame) -> DataFrame:
    """Keep the row after which each id of a map without events was minted; such a map knows no later generation."""
    return known.where(F.col(IdentityMap.customer_id) == customer_id_expr(F.col(IdentityMap.node_key), F.lit(0)))


def customer_id_expr(anchor: Column, generation: Column) -> Column:
    """Name a customer by its anchor's node_key, itself a keyed hash of namespace and value; equal to ``naming.customer_id``."""
    stem = (F.lit(ID_KIND), F.lit(ID_VERSION), anchor)
    digest = F.when(generation == 0, content_id_expr(*stem)).otherwise(content_id_expr(*stem, generation))
    return F.concat(F.lit("c_"), F.left(digest, F.lit(ID_DIGITS)))


def _is_plain_expr() -> Column:
    return (F.col(NEW_PLACES) == 1) & (F.col(OLD_PLACES) == 1) & F.col(NEW_ANCHOR).isNotNull()


def _weight_expr(settings: IdentitySettings) -> Column:
    namespace = F.col(IdentityMap.namespace)
    unique = [name for name in settings.people if settings.namespaces[name].limit == 1]
    weight = F.when(namespace.isin(*unique), F.lit(UNIQUE_WEIGHT)) if unique else F.when(F.lit(False), F.lit(0))
    return weight.when(F.col(IdentityMap.kind) == "person", F.lit(PERSON_WEIGHT)).otherwise(F.lit(OTHER_WEIGHT))
