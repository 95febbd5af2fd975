"""Windows: which identifiers count against the limits of their namespaces on a day, and which left or entered since.

A window of n days ends with the as-of date; an identifier counts as long as it was last seen inside.
What a run counted stands in the map, so the next one knows whose count changed although nothing new
was seen of it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import IdentityMap
from crosschannel.settings.identity import IdentitySettings


def first_moment(as_of: date, days: int) -> Column:
    """Return the first moment of a window that ends with a day."""
    return F.lit(datetime.combine(as_of - timedelta(days=days - 1), time())).cast("timestamp")


def counted_expr(settings: IdentitySettings, as_of: date) -> Column:
    """Tell whether an identifier counts against limits: it was last seen inside the window of its namespace, or there is none."""
    windows = {name: n.window for name, n in settings.namespaces.items() if n.window is not None and n.limit is not None}
    left = [(F.col(IdentityMap.namespace) == name) & (F.col(IdentityMap.last_seen_ts) < first_moment(as_of, days)) for name, days in windows.items()]
    return ~reduce(or_, left, F.lit(False))


def to_crossed(known: DataFrame, *, settings: IdentitySettings, as_of: date) -> DataFrame:
    """Return the node_key of every identifier of the map before that counts now and did not then, or the other way round."""
    return known.where(~counted_expr(settings, as_of).eqNullSafe(F.col(IdentityMap.within_window))).select(IdentityMap.node_key)
