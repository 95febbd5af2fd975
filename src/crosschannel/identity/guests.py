"""Edges between two person identifiers that share a device and must be one person.

Input   direct edges and nodes
Output  further rows of ``silver.identity_edges``, rule ``<namespace>+<namespace>@device``

People log in with a second address, and mistype the first. Such an identifier is a *guest*: most
of all its events lie on devices that another identifier uses more. A second person behind a device
has a life of their own elsewhere (mail, receipts, their own phone) and is no guest. Only personal
devices speak: their main user and guests, and nobody else; a tablet with a second resident on it
does not tell whose mistyped address it saw. Nor does a device whose main user was there on one day
only, who may have been the stray.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, WindowSpec, functions as F

from crosschannel.contracts.silver import ON_DEVICE, IdentityEdges, IdentityMap
from crosschannel.identity.devices import DEVICE, PERSON, to_device_persons
from crosschannel.identity.edges import EVENTS
from crosschannel.settings.identity import Devices, IdentitySettings

NAMESPACE = "NAMESPACE"  # of the person identifier
PEOPLE, MAIN, ON_DEVICES, RESIDENTS = "PEOPLE", "MAIN", "ON_DEVICES", "RESIDENTS"
IS_GUEST, IS_LASTING = "IS_GUEST", "IS_LASTING"
VIA_DEVICE = "@device"  # ends the rule of such an edge


def to_guest_edges(edges: DataFrame, *, nodes: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Link each guest of personal devices with their main user.

    Parameters
    ----------
    edges
        Direct edges; those between a person and a device are read.
    nodes
        Identifiers with EVENTS, how many events carried each.
    settings
        Namespaces, and the rule ``devices``.

    Returns
    -------
    DataFrame
        ``silver.identity_edges``, one row per guest and main user, of kind person.
    """
    return (
        edges.where(F.col(IdentityEdges.kind) == "device")
        .transform(to_device_persons, people=settings.people)
        .transform(_with_main_user, most=settings.devices.max_people)
        .transform(_with_guests, nodes=nodes, rule=settings.devices)
        .transform(_only_personal)
        .transform(_to_pairs, ranked=settings.ranked)
    )


def _with_main_user(sightings: DataFrame, *, most: int) -> DataFrame:
    """Add the identifier seen most on each device that has several, but not too many."""
    namespace = F.when(F.col(PERSON) == F.col(IdentityEdges.left_key), F.col(IdentityEdges.left_namespace))
    lasting = F.to_date(IdentityEdges.first_seen_ts) < F.to_date(IdentityEdges.last_seen_ts)
    by_use = _by_device().orderBy(F.col(IdentityEdges.record_count).desc(), PERSON).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return (
        sightings.withColumn(PEOPLE, F.count(F.lit(1)).over(_by_device()))
        .where(F.col(PEOPLE).between(2, most))
        .withColumn(NAMESPACE, F.coalesce(namespace, IdentityEdges.right_namespace))
        .withColumn(MAIN, F.first(F.struct(F.col(PERSON), F.col(NAMESPACE), lasting.alias(IS_LASTING))).over(by_use))
    )


def _with_guests(sightings: DataFrame, *, nodes: DataFrame, rule: Devices) -> DataFrame:
    """Add whether the person identifier is a guest: mostly seen where another is the main user."""
    events = nodes.select(F.col(IdentityMap.node_key).alias(PERSON), EVENTS)
    guests = (
        sightings.where(_is_secondary())
        .groupBy(PERSON)
        .agg(F.sum(IdentityEdges.record_count).alias(ON_DEVICES))
        .join(events, on=PERSON, how="inner")
        .where(F.col(ON_DEVICES) * 100 >= F.col(EVENTS) * rule.guest_share_percent)
        .select(PERSON, F.lit(True).alias(IS_GUEST))
    )
    # many sightings to one guest
    return sightings.join(guests, on=PERSON, how="left").withColumn(IS_GUEST, F.coalesce(IS_GUEST, F.lit(False)))


def _only_personal(sightings: DataFrame) -> DataFrame:
    """Keep the guests' sightings on devices without a second resident, whose main user was there on several days."""
    is_resident = _is_secondary() & ~F.col(IS_GUEST)
    alone = sightings.withColumn(RESIDENTS, F.count_if(is_resident).over(_by_device()))
    return alone.where((F.col(RESIDENTS) == 0) & F.col(MAIN)[IS_LASTING] & _is_secondary())


def _to_pairs(sightings: DataFrame, *, ranked: tuple[str, ...]) -> DataFrame:
    main, guest = F.col(MAIN), F.struct(PERSON, NAMESPACE)
    main_is_left = main[PERSON] < guest[PERSON]
    names = F.array(*[F.lit(name) for name in ranked])
    codes = F.array_position(names, main[NAMESPACE]), F.array_position(names, guest[NAMESPACE])
    rule = F.concat(_name_expr(names, F.least(*codes)), F.lit("+"), _name_expr(names, F.greatest(*codes)), F.lit(VIA_DEVICE))
    return (
        sightings.groupBy(
            F.when(main_is_left, main[PERSON]).otherwise(guest[PERSON]).alias(IdentityEdges.left_key),
            F.when(main_is_left, guest[PERSON]).otherwise(main[PERSON]).alias(IdentityEdges.right_key),
            rule.alias(IdentityEdges.rule),
            F.when(main_is_left, main[NAMESPACE]).otherwise(guest[NAMESPACE]).alias(IdentityEdges.left_namespace),
            F.when(main_is_left, guest[NAMESPACE]).otherwise(main[NAMESPACE]).alias(IdentityEdges.right_namespace),
        )
        .agg(
            F.lit("person").alias(IdentityEdges.kind),
            F.sum(IdentityEdges.record_count).alias(IdentityEdges.record_count),
            F.min(IdentityEdges.first_seen_ts).alias(IdentityEdges.first_seen_ts),
            F.max(IdentityEdges.last_seen_ts).alias(IdentityEdges.last_seen_ts),
            F.array_sort(F.array_distinct(F.flatten(F.collect_list(IdentityEdges.sources)))).alias(IdentityEdges.sources),
        )
        .withColumn(IdentityEdges.seen_on, F.lit(ON_DEVICE))
        .select(*IdentityEdges.contract.columns)
    )


def _by_device() -> WindowSpec:
    return Window.partitionBy(DEVICE)


def _is_secondary() -> Column:
    return F.col(PERSON) != F.col(MAIN)[PERSON]


def _name_expr(names: Column, position: Column) -> Column:
    return F.element_at(names, position.cast("int"))
