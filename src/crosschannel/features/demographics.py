"""Latest values of profile properties as of each date.

Input   ``gold.activity_tiles`` with their owners
Output  one row per customer and as_of_date, for customers with a profile event
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import ActivityTiles, CustomerFeatures
from crosschannel.features.plan import TilePlan
from crosschannel.features.windows import to_seen
from crosschannel.settings.recipes import FeatureColumn, Latest

VALUE = "VALUE"


def to_latest_values(owned: DataFrame, *, features: Sequence[FeatureColumn], plan: TilePlan) -> DataFrame:
    """Return the declared properties as last stated on or before each as_of_date.

    Of several values stated at the same moment the largest is taken, so that reruns agree.
    """
    seen = owned.where(F.size(ActivityTiles.stated) > 0).transform(to_seen)
    latest = [_latest_expr(plan.stated.index(f.recipe.property)).alias(f.name) for f in features if isinstance(f.recipe, Latest)]
    values = seen.groupBy(CustomerFeatures.customer_id, CustomerFeatures.as_of_date).agg(*latest)
    return values.select(
        CustomerFeatures.customer_id,
        CustomerFeatures.as_of_date,
        *[_typed_expr(f).alias(f.name) for f in features],
    )


def _latest_expr(place: int) -> Column:
    value = F.col(ActivityTiles.stated)[place]
    return F.max(F.when(value.isNotNull(), F.struct(F.col(ActivityTiles.moment_us), value.alias(VALUE))))[VALUE]


def _typed_expr(feature: FeatureColumn) -> Column:
    value = F.col(feature.name)
    if not isinstance(feature.recipe, Latest) or feature.recipe.type == "text":
        return value
    number = value.try_cast("double")  # a profile may hold anything; what is no number is missing
    return number if feature.recipe.type == "number" else F.year(CustomerFeatures.as_of_date).cast("double") - number
