"""Every link that evidence asked for and a rule refused, with what was counted.

Input   ``silver.identifiers``, ``silver.identity_edges``, ``silver.identity_map``
Output  ``silver.identity_refusals``, one row per refused value or pair and rule

Stages: ``screen``, a value that names nobody; ``decision``, a value or a pair that people ruled out;
``limit``, a pair that would have put too much into one customer, or a former holder of a number;
``shared_device``, a device seen with several customers, or with one for too short a time, or a
stray login on a device that belongs to somebody else. Values that rules bar from linking
(:mod:`.barred`) bring their refusals with them.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import Identifiers, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.identity.decisions import BLOCK, SPLIT, only_blocked, to_vetoes
from crosschannel.settings.identity import IdentitySettings

LEFT, RIGHT = "LEFT", "RIGHT"  # what is known of the two ends of an edge
CUSTOMER, LEFT_CUSTOMER, RIGHT_CUSTOMER = "CUSTOMER", "LEFT_CUSTOMER", "RIGHT_CUSTOMER"
HELD, LEFT_HELD, RIGHT_HELD = "HELD", "LEFT_HELD", "RIGHT_HELD"
BROKEN, RULE, OBSERVED, PERMITTED = "BROKEN", "RULE", "OBSERVED", "PERMITTED"
DEVICE, IS_OWNED = "DEVICE", "IS_OWNED"
PAIR, IS_APART = "PAIR", "IS_APART"  # two customers that people declared to be two persons
IS_FORMER = "IS_FORMER"  # the number passed to somebody else
DECISION = "decision"
PASSED_ON = "passed_on"
UNEXPLAINED = "unexplained"  # rule of a refusal no rule accounts for, which would be a defect


def to_refusals(
    identifiers: DataFrame,
    *,
    edges: DataFrame,
    identity_map: DataFrame,
    settings: IdentitySettings,
    standing: DataFrame | None = None,
    former: DataFrame | None = None,
) -> DataFrame:
    """List what was not linked, and why; a pure function of the tables.

    Parameters
    ----------
    standing
        Decisions of people (:func:`.decisions.only_standing`).
    former
        Links of numbers that passed to somebody else (:func:`.tenure.to_former_links`).

    Returns
    -------
    DataFrame
        ``silver.identity_refusals``.
    """
    crossing = edges.transform(_to_crossing, identity_map=identity_map)
    if standing is not None:
        crossing = crossing.transform(_with_veto, vetoes=to_vetoes(standing), identity_map=identity_map)
    if former is not None:
        crossing = crossing.transform(_with_former, former=former)
    refused = (
        identifiers.transform(_to_screened)
        .unionByName(crossing.transform(_to_limits, identity_map=identity_map, settings=settings))
        .unionByName(crossing.transform(_to_shared_devices, settings=settings))
        .unionByName(crossing.transform(_to_stray_logins))
    )
    return refused if standing is None else refused.unionByName(identifiers.transform(_to_blocked, standing))


def only_rule(refusals: DataFrame, rule: str) -> DataFrame:
    """Keep the refusals of one rule."""
    return refusals.where(F.col(IdentityRefusals.rule) == rule)


def _to_screened(identifiers: DataFrame) -> DataFrame:
    refused = identifiers.where(F.col(Identifiers.screen_reason).isNotNull())
    counted = refused.groupBy(Identifiers.screen_reason, Identifiers.node_key).agg(F.count(F.lit(1)).alias(IdentityRefusals.observed))
    key = F.col(Identifiers.node_key)
    return counted.select(*refusal(F.lit("screen"), F.col(Identifiers.screen_reason), (key, key), F.col(IdentityRefusals.observed), F.lit(0)))


def _to_blocked(identifiers: DataFrame, standing: DataFrame) -> DataFrame:
    counted = (
        identifiers.where(F.col(Identifiers.screen_reason).isNull())
        .transform(only_blocked, standing)
        .groupBy(Identifiers.node_key)
        .agg(F.count(F.lit(1)).alias(IdentityRefusals.observed))
    )
    key = F.col(Identifiers.node_key)
    return counted.select(*refusal(F.lit(DECISION), F.lit(BLOCK), (key, key), F.col(IdentityRefusals.observed), F.lit(0)))


def _with_veto(crossing: DataFrame, *, vetoes: DataFrame, identity_map: DataFrame) -> DataFrame:
    """Add whether people declared the customers at both ends to be two persons."""
    owner = (F.col(IdentityMap.node_key), F.col(IdentityMap.customer_id))
    left = identity_map.select(owner[0].alias(IdentityEdges.left_key), owner[1].alias(LEFT_CUSTOMER))
    right = identity_map.select(owner[0].alias(IdentityEdges.right_key), owner[1].alias(RIGHT_CUSTOMER))
    apart = vetoes.join(left, on=IdentityEdges.left_key, how="inner").join(right, on=IdentityEdges.right_key, how="inner")
    pair = F.array_sort(F.array(LEFT_CUSTOMER, RIGHT_CUSTOMER))
    ends = F.array_sort(F.array(F.col(LEFT)[IdentityMap.customer_id], F.col(RIGHT)[IdentityMap.customer_id]))
    declared = apart.select(pair.alias(PAIR), F.lit(True).alias(IS_APART)).distinct()
    # many edges to at most one declared pair of customers
    return crossing.withColumn(PAIR, ends).join(F.broadcast(declared), on=PAIR, how="left")


def _with_former(crossing: DataFrame, *, former: DataFrame) -> DataFrame:
    """Add whether a link was left out because its number passed to somebody else."""
    ends = [str(IdentityEdges.left_key), str(IdentityEdges.right_key)]
    return crossing.join(former.withColumn(IS_FORMER, F.lit(True)), on=ends, how="left")  # one row a pair on both sides, but for kinds


def _to_crossing(edges: DataFrame, *, identity_map: DataFrame) -> DataFrame:
    """Keep edges whose ends belong to different customers, with both ends' customer and kind."""
    facts = F.struct(IdentityMap.customer_id, IdentityMap.kind, IdentityMap.is_identified)
    left = identity_map.select(F.col(IdentityMap.node_key).alias(IdentityEdges.left_key), facts.alias(LEFT))
    right = identity_map.select(F.col(IdentityMap.node_key).alias(IdentityEdges.right_key), facts.alias(RIGHT))
    return (
        edges.groupBy(IdentityEdges.left_key, IdentityEdges.right_key, IdentityEdges.kind)  # one pair may be linked by two rules
        .agg(F.sum(IdentityEdges.record_count).alias(IdentityEdges.record_count))
        .join(left, on=IdentityEdges.left_key, how="inner")  # many edges to one identifier, twice
        .join(right, on=IdentityEdges.right_key, how="inner")
        .where(F.col(LEFT)[IdentityMap.customer_id] != F.col(RIGHT)[IdentityMap.customer_id])
    )


def _to_limits(crossing: DataFrame, *, identity_map: DataFrame, settings: IdentitySettings) -> DataFrame:
    is_apart, is_former = (F.coalesce(flag, F.lit(False)) if flag in crossing.columns else F.lit(False) for flag in (IS_APART, IS_FORMER))
    broken = F.when(is_apart, _broken_struct(SPLIT, F.lit(1), 0)).when(is_former, _broken_struct(PASSED_ON, F.lit(2), 1)).otherwise(_broken_expr(settings))
    held = identity_map.transform(_to_held, settings=settings)
    left = held.select(F.col(CUSTOMER).alias(LEFT_CUSTOMER), F.col(HELD).alias(LEFT_HELD))
    right = held.select(F.col(CUSTOMER).alias(RIGHT_CUSTOMER), F.col(HELD).alias(RIGHT_HELD))
    return (
        crossing.where(F.col(IdentityEdges.kind) == "person")
        .withColumns({LEFT_CUSTOMER: F.col(LEFT)[IdentityMap.customer_id], RIGHT_CUSTOMER: F.col(RIGHT)[IdentityMap.customer_id]})
        .join(left, on=LEFT_CUSTOMER, how="inner")  # many edges to one customer, twice
        .join(right, on=RIGHT_CUSTOMER, how="inner")
        .withColumn(BROKEN, broken)
        .select(
            *refusal(
                F.when(is_apart, F.lit(DECISION)).otherwise(F.lit("limit")),
                F.col(BROKEN)[RULE],
                (F.col(IdentityEdges.left_key), F.col(IdentityEdges.right_key)),
                F.col(BROKEN)[OBSERVED],
                F.col(BROKEN)[PERMITTED],
            )
        )
    )


def _to_held(identity_map: DataFrame, *, settings: IdentitySettings) -> DataFrame:
    """Count the person identifiers of each customer: per namespace those inside its window, then all of them."""
    counts = [F.count_if((F.col(IdentityMap.namespace) == name) & F.col(IdentityMap.within_window)) for name in settings.people]
    people = identity_map.where(F.col(IdentityMap.kind) == "person")
    return people.groupBy(F.col(IdentityMap.customer_id).alias(CUSTOMER)).agg(F.array(*counts, F.count(F.lit(1))).alias(HELD))


def _to_shared_devices(crossing: DataFrame, *, settings: IdentitySettings) -> DataFrame:
    key = F.col(DEVICE)
    rule = F.when((F.col(OBSERVED) == 1) & F.lit(settings.devices.weak_share_percent > 0), F.lit("one_day")).otherwise(F.lit("several_customers"))
    return (
        crossing.transform(_to_device_persons)
        .where(~F.col(IS_OWNED))
        .groupBy(DEVICE)
        .agg(F.count_distinct(CUSTOMER).alias(OBSERVED))
        .select(*refusal(F.lit("shared_device"), rule, (key, key), F.col(OBSERVED), F.lit(1)))
    )


def _to_stray_logins(crossing: DataFrame) -> DataFrame:
    """List logins too rare to count against a device's owner."""
    ends = F.col(IdentityEdges.left_key), F.col(IdentityEdges.right_key)
    return (
        crossing.transform(_to_device_persons)
        .where(IS_OWNED)
        .select(*refusal(F.lit("shared_device"), F.lit("stray_login"), ends, F.col(IdentityEdges.record_count), F.lit(0)))
    )


def _to_device_persons(crossing: DataFrame) -> DataFrame:
    """Name which end is the device; edges without a person end say nothing about an owner."""
    left_is_person, right_is_person = (F.col(end)[IdentityMap.kind] == "person" for end in (LEFT, RIGHT))
    device, person = F.when(left_is_person, F.col(RIGHT)).otherwise(F.col(LEFT)), F.when(left_is_person, F.col(LEFT)).otherwise(F.col(RIGHT))
    return crossing.where(left_is_person != right_is_person).select(
        F.when(left_is_person, F.col(IdentityEdges.right_key)).otherwise(F.col(IdentityEdges.left_key)).alias(DEVICE),
        device[IdentityMap.is_identified].alias(IS_OWNED),
        person[IdentityMap.customer_id].alias(CUSTOMER),
        IdentityEdges.left_key,
        IdentityEdges.right_key,
        IdentityEdges.record_count,
    )


def _broken_expr(settings: IdentitySettings) -> Column:
    """Return the first rule that the union of both customers breaks.

    A pair that breaks no limit was refused because its link is weak.
    """
    held = [F.col(LEFT_HELD)[i] + F.col(RIGHT_HELD)[i] for i in range(len(settings.people) + 1)]
    declared = [(name, settings.namespaces[name], count) for name, count in zip(settings.people, held, strict=False)]
    cases = [("max_customer_size", held[-1], settings.max_customer_size)]
    cases += [(name, count, one.limit) for name, one, count in declared if one.limit is not None]
    cases += [(f"weak_{name}", count, one.weak_limit) for name, one, count in declared if one.weak_limit is not None]
    broken = [F.when(count > limit, _broken_struct(rule, count, limit)) for rule, count, limit in cases]
    return F.coalesce(*broken, _broken_struct(UNEXPLAINED, held[-1], 0))


def _broken_struct(rule: str, observed: Column, permitted: int) -> Column:
    return F.struct(F.lit(rule).alias(RULE), observed.alias(OBSERVED), F.lit(permitted).alias(PERMITTED))


def refusal(stage: Column, rule: Column, ends: tuple[Column, Column], observed: Column, permitted: Column) -> tuple[Column, ...]:
    """Return the columns of ``silver.identity_refusals``; ``ends`` are equal for a single value."""
    return (
        stage.alias(IdentityRefusals.stage),
        rule.alias(IdentityRefusals.rule),
        ends[0].alias(IdentityRefusals.left_key),
        ends[1].alias(IdentityRefusals.right_key),
        observed.cast("bigint").alias(IdentityRefusals.observed),
        permitted.cast("bigint").alias(IdentityRefusals.permitted),
    )
