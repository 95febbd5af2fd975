"""Latest values of profile properties as of each date.

Input   one row per event
Output  one row per customer and as_of_date, for customers with a profile event
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.silver import CustomerEvents, Events
from crosschannel.settings.recipes import FeatureColumn, Latest

PROFILE_VERB = "profile"
VALUE = "VALUE"


def to_latest_values(events: DataFrame, *, features: Sequence[FeatureColumn], as_of_dates: Sequence[date]) -> DataFrame:
    """Return the declared properties as last stated on or before each as_of_date.

    Of several values stated at the same moment the largest is taken, so that reruns agree.
    """
    calendar = F.explode(F.array(*[F.lit(d) for d in sorted(as_of_dates)])).alias(CustomerFeatures.as_of_date)
    stated = events.where(F.col(Events.verb) == PROFILE_VERB).select("*", calendar)
    seen = stated.where(F.col(Events.event_date) <= F.col(CustomerFeatures.as_of_date))
    latest = [_latest_expr(f.recipe.property).alias(f.name) for f in features if isinstance(f.recipe, Latest)]
    values = seen.groupBy(CustomerEvents.customer_id, CustomerFeatures.as_of_date).agg(*latest)
    return values.select(
        CustomerEvents.customer_id,
        CustomerFeatures.as_of_date,
        *[_typed_expr(f).alias(f.name) for f in features],
    )


def _latest_expr(name: str) -> Column:
    value = F.col(Events.properties).getItem(name)
    stated = F.when(F.length(F.trim(value)) > 0, F.struct(F.col(Events.event_ts), F.trim(value).alias(VALUE)))
    return F.max(stated)[VALUE]


def _typed_expr(feature: FeatureColumn) -> Column:
    value = F.col(feature.name)
    if not isinstance(feature.recipe, Latest) or feature.recipe.type == "text":
        return value
    number = value.try_cast("double")  # a profile may hold anything; what is no number is missing
    return number if feature.recipe.type == "number" else F.year(CustomerFeatures.as_of_date).cast("double") - number
