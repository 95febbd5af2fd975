"""From the accepted records of a source to ``silver.profiles``: the latest word of each record.

Grain: one row per record, known by the identifier of the namespace that ``records`` names. All of
bronze is read, so that a change of ``columns`` holds for old records too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.people import Profiles
from crosschannel.contracts.silver import Identifiers
from crosschannel.exprs.text import present_expr
from crosschannel.identity.normalise import normalised_expr, screen_reason_expr
from crosschannel.identity.sightings import with_value_node_key
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.sources import Source

FIELDS, VALUE, PLACE = "FIELDS", "VALUE", "PLACE"


def to_profiles(bronze: DataFrame, *, sources: Sequence[Source], settings: IdentitySettings, spark: SparkSession, key: bytes) -> DataFrame:
    """Return ``silver.profiles`` of the sources that ``records`` names.

    Records whose id is missing, or names nobody, are no nodes of the graph and have no profile.

    Parameters
    ----------
    bronze
        Rows of ``bronze.events``.
    """
    parts = [_records_of(bronze, source, settings) for source in sources if source.source in settings.records]
    keyed = reduce(DataFrame.unionByName, parts).transform(
        with_value_node_key, Identifiers.namespace, VALUE, spark=spark, key=key, version=settings.pseudonyms.version
    )
    columns = [c for c in Profiles.contract.columns if c != Profiles.node_key]
    latest = F.max_by(F.struct(*columns), F.struct(Profiles.observed_ts, PLACE)).alias(FIELDS)
    return keyed.groupBy(Profiles.node_key).agg(latest).select(Profiles.node_key, *[F.col(FIELDS)[name].alias(name) for name in columns])


def _records_of(bronze: DataFrame, source: Source, settings: IdentitySettings) -> DataFrame:
    record = settings.records[source.source]
    namespace = settings.namespaces[record.namespace]
    named = next(i for i in source.identifiers if i.namespace == record.namespace)
    schema = ", ".join(f"`{name}` string" for name in source.fields)
    own_id = _texts((named.field, *named.with_fields), joined=False)
    value = normalised_expr(own_id, namespace)
    return (
        bronze.where(F.col(RawEvents.source) == source.source)
        .withColumn(FIELDS, F.from_json(F.col(RawEvents.payload), schema))
        .select(
            RawEvents.source,
            F.lit(record.namespace).alias(Identifiers.namespace),
            value.alias(VALUE),
            F.trim(own_id).alias(Profiles.record_id),
            F.col(RawEvents.event_ts).alias(Profiles.observed_ts),
            F.struct(RawEvents.file_id, RawEvents.line_ordinal).alias(PLACE),  # two words at one moment: the later line
            _attributes_expr({name: (f,) if isinstance(f, str) else f for name, f in record.columns.items()}).alias(Profiles.attributes),
        )
        .where(F.col(VALUE).isNotNull() & screen_reason_expr(F.col(VALUE), namespace).isNull())
    )


def _attributes_expr(columns: dict[str, tuple[str, ...]]) -> Column:
    pairs = [part for name, fields in sorted(columns.items()) for part in (F.lit(name), present_expr(_texts(fields, joined=True)))]
    return F.map_filter(F.create_map(*pairs), lambda _, value: value.isNotNull())


def _texts(fields: tuple[str, ...], *, joined: bool) -> Column:
    """Return one text of several fields; null if one is null, unless they are to be joined as far as there."""
    parts = [F.col(FIELDS).getField(field) for field in fields]
    return F.concat_ws(" ", *parts) if joined else reduce(lambda left, right: F.concat(left, F.lit(" "), right), parts)
