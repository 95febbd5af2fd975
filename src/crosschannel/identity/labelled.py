"""Identifiers whose person is known, as the gate compares them with the map.

Input   rows of namespace, value and person_id, as people wrote them
Output  one row per identifier of exactly one person, without its value
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import Identifiers
from crosschannel.contracts.truth import MatchedIdentifiers, TrueIdentifiers
from crosschannel.identity.normalise import normalised_expr
from crosschannel.settings.identity import IdentitySettings

LABEL_COLUMNS = (str(TrueIdentifiers.namespace), str(TrueIdentifiers.value), str(TrueIdentifiers.person_id))
ONE_GROUP = "labels"  # every pair of one person's identifiers is to be found
PERSONS = "PERSONS"


def to_spelled(rows: DataFrame, *, settings: IdentitySettings) -> DataFrame:
    """Return rows with the value in its one spelling; those without a person, a value or a declared namespace are left out."""
    namespace, value = F.col(TrueIdentifiers.namespace), F.col(TrueIdentifiers.value)
    by_namespace = [F.when(namespace == name, normalised_expr(value, one)) for name, one in settings.namespaces.items()]
    spelled = rows.select(namespace, F.coalesce(*by_namespace).alias(TrueIdentifiers.value), _trimmed(F.col(TrueIdentifiers.person_id)))
    return spelled.where(F.col(TrueIdentifiers.value).isNotNull() & F.col(TrueIdentifiers.person_id).isNotNull())


def to_owned(keyed: DataFrame) -> DataFrame:
    """Return one row per identifier of exactly one person; what several share says nothing about a pair."""
    per_identifier = keyed.groupBy(Identifiers.node_key).agg(
        F.count_distinct(TrueIdentifiers.person_id).alias(PERSONS), F.min(TrueIdentifiers.person_id).alias(TrueIdentifiers.person_id)
    )
    owned = per_identifier.where(F.col(PERSONS) == 1)
    return owned.select(Identifiers.node_key, TrueIdentifiers.person_id, F.lit(ONE_GROUP).alias(MatchedIdentifiers.evidence_group))


def _trimmed(text: Column) -> Column:
    whole = F.trim(text)
    return F.when(whole != "", whole).alias(TrueIdentifiers.person_id)
