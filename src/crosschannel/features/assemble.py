"""From daily tiles to one row of features per customer and as_of_date, all dates in one pass.

Input   ``gold.activity_tiles``, and who owned each identifier on which as-of date (:class:`KnownMembers`)
Output  ``gold.customer_features`` completed with the project's features

Invariants: nothing dated after as_of_date (a UTC day) enters a row, neither an event nor a link
between identifiers; the same events give the same bits in any order and partitioning.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.features.demographics import to_latest_values
from crosschannel.features.plan import TilePlan, plan_of
from crosschannel.features.population import only_active, to_eligible
from crosschannel.features.recipes import Frame, recipe_expr
from crosschannel.features.sequences import to_sequence_values
from crosschannel.features.tiles import with_words
from crosschannel.features.windows import ACT_TS, buckets_of, to_window_tiles, with_owner
from crosschannel.settings.features import FeaturesSettings, features_contract
from crosschannel.settings.recipes import FeatureColumn, Latest, Sequence, windows_of

KEYS = [str(c) for c in CustomerFeatures.contract.key]


@dataclass(frozen=True)
class Known:
    """What features are built from: tiles, owners of identifiers, and the settings they are meant by.

    ``first_event_date`` is the first day of the data; rates per week are over the part of their
    window after it.
    """

    tiles: DataFrame
    members: DataFrame
    settings: FeaturesSettings
    first_event_date: date | None = None

    @property
    def plan(self) -> TilePlan:
        """The plan the tiles were built with."""
        return plan_of(self.settings)

    @property
    def owners(self) -> DataFrame:
        """Identifiers of those who may get a row."""
        return to_eligible(self.members, population=self.settings.population)

    @property
    def spread_tiles(self) -> DataFrame:
        """The tiles with their atoms in words."""
        return self.tiles.transform(with_words, plan=self.plan)


def to_customer_features(known: Known, added_up: DataFrame) -> DataFrame:
    """Compute the project's features as of each date on which a customer was known.

    Parameters
    ----------
    added_up
        What :func:`to_added_up` gave for the same, kept if it is looked at more than once.

    Returns
    -------
    DataFrame
        One row per customer of the population and as_of_date.
    """
    columns = known.settings.feature_columns()
    features = added_up.transform(only_active, population=known.settings.population)
    owned = known.spread_tiles.transform(with_owner, known.owners)
    # one to at most one: all sides are keyed by customer and as_of_date
    if stated := tuple(f for f in columns if isinstance(f.recipe, Latest)):
        features = features.join(owned.transform(to_latest_values, features=stated, plan=known.plan), on=KEYS, how="left")
    if sequences := tuple(f for f in columns if isinstance(f.recipe, Sequence)):
        features = features.join(owned.transform(to_sequence_values, features=sequences, plan=known.plan), on=KEYS, how="left")
    counted = {f.name: F.coalesce(F.col(f.name), F.lit(0.0)) for f in sequences if f.recipe.output != "recency_days"}  # type: ignore[union-attr]
    complete = features.withColumns(counted).withColumn(CustomerFeatures.inputs_digest, F.lit(None).cast("string"))
    return complete.select(*features_contract(known.settings).columns)


def to_added_up(known: Known) -> DataFrame:
    """Return the features that are sums over tiles, of all who may get a row, active or not."""
    added: Several[FeatureColumn] = [f for f in known.settings.feature_columns() if not isinstance(f.recipe, Latest | Sequence)]
    buckets = buckets_of(days for f in added for days in windows_of(f.recipe))
    frame = Frame(known.plan.atoms, buckets, known.first_event_date)
    tiles = known.spread_tiles.transform(to_window_tiles, members=known.owners, plan=known.plan, buckets=buckets)
    return tiles.groupBy(*KEYS).agg(F.max(ACT_TS).alias(CustomerFeatures.max_event_ts), *[recipe_expr(f.recipe, frame).alias(f.name) for f in added])
