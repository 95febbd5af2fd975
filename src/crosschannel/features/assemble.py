"""From customers' events to one row of features per customer and as_of_date, all dates in one pass.

Input   ``silver.events`` with ``CustomerEvents``
Output  ``gold.customer_features`` completed with the project's features

Invariants: nothing dated after as_of_date (a UTC day) enters a row; the same events give the same
bits in any order and partitioning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.features.atoms import atoms_of
from crosschannel.features.demographics import to_latest_values
from crosschannel.features.facts import ACT_TS, to_facts
from crosschannel.features.population import only_active, only_customers, only_eligible
from crosschannel.features.recipes import Frame, recipe_expr
from crosschannel.features.tiles import buckets_of, to_window_tiles
from crosschannel.settings.features import FeaturesSettings, features_contract
from crosschannel.settings.recipes import FeatureColumn, Latest, filters_of, totals_of, windows_of


def to_customer_features(
    events: DataFrame, *, settings: FeaturesSettings, as_of_dates: Sequence[date], first_event_date: date | None = None
) -> DataFrame:
    """Compute the project's features as of each date.

    Parameters
    ----------
    events
        Events of all channels with the customer of each.
    as_of_dates
        Last days the rows may know.
    first_event_date
        First day of the data; rates per week are over the part of their window after it.

    Returns
    -------
    DataFrame
        One row per customer of the population and as_of_date.
    """
    columns = settings.feature_columns()
    computed = tuple(f for f in columns if not isinstance(f.recipe, Latest))
    stated = tuple(f for f in columns if isinstance(f.recipe, Latest))
    own = events.transform(only_customers).transform(only_eligible, population=settings.population)
    features = own.transform(_to_computed, columns=computed, as_of_dates=as_of_dates, first_event_date=first_event_date)
    features = features.transform(only_active, population=settings.population)
    if stated:
        values = own.transform(to_latest_values, features=stated, as_of_dates=as_of_dates)
        # one to at most one: both sides are keyed by customer and as_of_date
        features = features.join(values, on=[str(c) for c in CustomerFeatures.contract.key], how="left")
    return features.select(*features_contract(settings).columns)


def _to_computed(
    events: DataFrame, *, columns: Sequence[FeatureColumn], as_of_dates: Sequence[date], first_event_date: date | None
) -> DataFrame:
    recipes = [f.recipe for f in columns]
    atoms = atoms_of(where for r in recipes for where in filters_of(r))
    buckets = buckets_of(days for r in recipes for days in windows_of(r))
    quantities = frozenset(total.quantity for r in recipes for total in totals_of(r))
    frame = Frame(atoms, buckets, first_event_date)
    tiles = events.transform(to_facts, atoms=atoms, quantities=quantities).transform(
        to_window_tiles, atoms=atoms, buckets=buckets, as_of_dates=as_of_dates
    )
    return tiles.groupBy(CustomerFeatures.customer_id, CustomerFeatures.as_of_date).agg(
        F.max(ACT_TS).alias(CustomerFeatures.max_event_ts), *[recipe_expr(f.recipe, frame).alias(f.name) for f in columns]
    )
