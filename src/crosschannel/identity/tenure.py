"""Numbers that pass from one person to another: links of an earlier or later holder that must not join the two.

Input   ``silver.identity_edges``
Output  the edges to leave out, ``left_key`` and ``right_key``

A phone is given up and handed to somebody else, who is then seen with it. Somebody who keeps a number
may be seen with it now under one address and then under another, so two holders one after the other
prove nothing. Two holders are two persons if the evidence needs them to be: the earlier one took up
another number of the kind before the later one was last seen with this one, or the later one gave
another number up while the earlier one was already seen with this one. One person who changes the
number is never seen so: all links with the old number lie before all links with the new one.

Of the two links the one with fewer events is left out, of equal ones the earlier. Only links between
a holder and the number are; holders seen together on an event stay together.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.silver import ON_EVENT, IdentityEdges
from crosschannel.settings.identity import IdentitySettings

VALUE, HOLDER, NAMESPACE, SINCE, UNTIL, RECORDS, HOLDERS = "VALUE", "HOLDER", "NAMESPACE", "SINCE", "UNTIL", "RECORDS", "HOLDERS"
EARLIER, LATER, OTHER, TENURE = "EARLIER", "LATER", "OTHER", "TENURE"
MAX_HOLDERS = 50  # pairs of holders grow with the square; a number of more is a switchboard, and left to the limits
ENDS = (str(IdentityEdges.left_key), str(IdentityEdges.right_key))


def passes_on(settings: IdentitySettings) -> bool:
    """Tell whether any namespace passes from one person to another."""
    return any(settings.namespaces[name].passes_on for name in settings.people)


def without_former_links(edges: DataFrame, former: DataFrame | None) -> DataFrame:
    """Drop the links of numbers that passed to somebody else (:func:`to_former_links`)."""
    return edges if former is None else edges.join(former, on=list(ENDS), how="left_anti").select(*edges.columns)


def to_former_links(edges: DataFrame, *, settings: IdentitySettings) -> DataFrame:
    """Return both ends of each link to leave out, once."""
    tenures = edges.transform(_to_tenures, [name for name in settings.people if settings.namespaces[name].passes_on])
    told = F.struct(HOLDER, SINCE, UNTIL, RECORDS)
    few = tenures.withColumn(HOLDERS, F.count(F.lit(1)).over(Window.partitionBy(VALUE))).where(F.col(HOLDERS).between(2, MAX_HOLDERS))
    earlier, later = (few.select(VALUE, NAMESPACE, told.alias(side)) for side in (EARLIER, LATER))
    # holders of one number, at most MAX_HOLDERS to MAX_HOLDERS
    changes = earlier.join(later, on=[VALUE, NAMESPACE], how="inner").where(F.col(EARLIER)[UNTIL] < F.col(LATER)[SINCE])
    others = tenures.select(F.col(NAMESPACE).alias(OTHER), F.struct(VALUE, HOLDER, SINCE, UNTIL).alias(TENURE))
    found = changes.join(others, on=_has_moved_on(F.col(TENURE)), how="left_semi").unionByName(
        changes.join(others, on=_has_come_from(F.col(TENURE)), how="left_semi")
    )
    weaker = F.when(F.col(LATER)[RECORDS] >= F.col(EARLIER)[RECORDS], F.col(EARLIER)[HOLDER]).otherwise(F.col(LATER)[HOLDER])
    return found.select(F.least(weaker, VALUE).alias(ENDS[0]), F.greatest(weaker, VALUE).alias(ENDS[1])).distinct()


def _to_tenures(edges: DataFrame, namespaces: list[str]) -> DataFrame:
    """Return who was seen with which number, from when until when."""
    left_is, right_is = (F.col(name).isin(*namespaces) for name in (IdentityEdges.left_namespace, IdentityEdges.right_namespace))
    seen = (F.col(IdentityEdges.kind) == "person") & (F.col(IdentityEdges.seen_on) == ON_EVENT)
    return edges.where(seen & (left_is != right_is)).select(
        F.when(left_is, F.col(ENDS[0])).otherwise(F.col(ENDS[1])).alias(VALUE),
        F.when(left_is, F.col(ENDS[1])).otherwise(F.col(ENDS[0])).alias(HOLDER),
        F.when(left_is, F.col(IdentityEdges.left_namespace)).otherwise(F.col(IdentityEdges.right_namespace)).alias(NAMESPACE),
        F.col(IdentityEdges.first_seen_ts).alias(SINCE),
        F.col(IdentityEdges.last_seen_ts).alias(UNTIL),
        F.col(IdentityEdges.record_count).alias(RECORDS),
    )


def _has_moved_on(other: Column) -> Column:
    """The earlier holder took up another number before the later one was last seen with this one."""
    after = (other[SINCE] > F.col(EARLIER)[UNTIL]) & (other[SINCE] <= F.col(LATER)[UNTIL])
    return _is_another_of(other, F.col(EARLIER)) & after


def _has_come_from(other: Column) -> Column:
    """The later holder gave another number up while the earlier one was already seen with this one."""
    before = (other[UNTIL] < F.col(LATER)[SINCE]) & (other[UNTIL] >= F.col(EARLIER)[SINCE])
    return _is_another_of(other, F.col(LATER)) & before


def _is_another_of(other: Column, holder: Column) -> Column:
    return (other[HOLDER] == holder[HOLDER]) & (F.col(OTHER) == F.col(NAMESPACE)) & (other[VALUE] != F.col(VALUE))
