"""One person in every table: which records are theirs, and which rows name them.

A record is a person's if no usable identifier on it that is somebody else's is stronger than theirs: an
order on a shared tablet belongs to whoever logged in, a row of the CRM to its customer and not to the family's phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.column import Column as Declared
from crosschannel.contracts.silver import Identifiers
from crosschannel.contracts.subjects import Subject, owners_of
from crosschannel.contracts.table import Contract

WHO, VALUE = "WHO", "VALUE"
IS_MINE, NAMES_ME, MINE, OTHERS = "IS_MINE", "NAMES_ME", "MINE", "OTHERS"
Subjects = Mapping[Subject, DataFrame]  # frames of one column, WHO


def to_records(sightings: DataFrame, nodes: DataFrame, ranked: Sequence[str]) -> DataFrame:
    """Return the events that are the person's, as ``WHO``.

    Parameters
    ----------
    sightings
        Rows of ``silver.identifiers``; screened ones too.
    nodes
        Identifiers of the person, as ``WHO``.
    ranked
        Namespaces from strongest to weakest.
    """
    mine = nodes.select(F.col(WHO).alias(Identifiers.node_key), F.lit(True).alias(IS_MINE))
    marked = sightings.join(F.broadcast(mine), on=str(Identifiers.node_key), how="left")
    is_mine, is_usable = F.coalesce(F.col(IS_MINE), F.lit(False)), F.col(Identifiers.screen_reason).isNull()
    rank = F.array_position(F.array(*[F.lit(name) for name in ranked]), F.col(Identifiers.namespace))
    by_event = marked.groupBy(Identifiers.event_id).agg(
        F.bool_or(is_mine).alias(NAMES_ME), F.min(F.when(is_mine & is_usable, rank)).alias(MINE), F.min(F.when(~is_mine & is_usable, rank)).alias(OTHERS)
    )
    is_theirs = F.col(NAMES_ME) & (F.col(OTHERS).isNull() | (F.col(MINE) <= F.col(OTHERS)))
    return by_event.where(is_theirs).select(F.col(Identifiers.event_id).alias(WHO))


def only_shared(sightings: DataFrame, nodes: DataFrame, records: DataFrame) -> DataFrame:
    """Return the identifiers of the person that records of others carry too, as ``WHO``."""
    of_others = sightings.join(records.select(F.col(WHO).alias(Identifiers.event_id)), on=str(Identifiers.event_id), how="left_anti")
    return nodes.join(of_others.select(F.col(Identifiers.node_key).alias(WHO)), on=WHO, how="left_semi")


def to_rows_about(rows: DataFrame, contract: Contract, subjects: Subjects) -> DataFrame:
    """Return the rows of a table that belong to the person, each once."""
    keys = [_only_of(rows, column, subjects[subject]).select(*contract.key) for column, subject in owned(contract).items() if subject in subjects]
    doomed = reduce(DataFrame.unionByName, keys).distinct()
    return rows.join(doomed, on=[str(c) for c in contract.key], how="left_semi")


def owned(contract: Contract) -> dict[Declared, Subject]:
    """Return the columns by which rows of a table are a person's; an identifier on somebody else's event stays with the event."""
    by_event_alone = contract.name == Identifiers.contract.name
    return {c: s for c, s in owners_of(contract).items() if not by_event_alone or s is Subject.EVENT}


def only_holding(quarantine: DataFrame, values: DataFrame) -> DataFrame:
    """Keep refused records whose text holds one of the values, as ``VALUE`` made by :func:`whole_word`."""
    return quarantine.join(F.broadcast(values), on=F.rlike(F.lower(F.col(Quarantine.raw)), F.col(VALUE)), how="left_semi")


def whole_word(value: str) -> str:
    """Return the regular expression of a value that is no part of a longer one, in lower case."""
    return rf"(?<![\p{{L}}\p{{N}}])\Q{value.lower()}\E(?![\p{{L}}\p{{N}}])"


def only_gone(subjects: DataFrame, identity_map: DataFrame, column: str) -> DataFrame:
    """Keep identifiers, or customers, that are in the map no more."""
    return subjects.join(identity_map.select(F.col(column).alias(WHO)).distinct(), on=WHO, how="left_anti")


def _only_of(rows: DataFrame, column: str, who: DataFrame) -> DataFrame:
    if rows.schema[column].dataType.typeName() == "array":
        spread: Column = F.explode(F.col(column))
        return rows.select("*", spread.alias(WHO)).join(who, on=WHO, how="left_semi").drop(WHO)
    return rows.join(who.select(F.col(WHO).alias(column)), on=column, how="left_semi")
