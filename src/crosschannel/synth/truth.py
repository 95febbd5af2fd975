"""Truth tables from the numbers behind the logs; jobs never read them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.truth import TrueEvents, TrueIdentifiers, TruePeople, TruePropensities
from crosschannel.synth import slots, values
from crosschannel.synth.activity import CORRUPT, SKEWED, UNMAPPED
from crosschannel.synth.behaviour import SEGMENTS
from crosschannel.synth.details import native_id_expr
from crosschannel.synth.evidence import NAMESPACES
from crosschannel.synth.parameters import HORIZON_DAYS, SOURCES, START, World
from crosschannel.synth.shapes import NOBODY, Activity, Carried, PersonNumbers, PropensityNumbers
from crosschannel.synth.values import named, person_id_expr

NAMESPACE, OWNERS = "NAMESPACE", "OWNERS"  # working columns
ROWS, DUPLICATES, LATE, SKEWED_ROWS, CORRUPT_ROWS, UNMAPPED_ROWS = "rows", "duplicates", "late", "skewed", "corrupt", "unmapped"


def to_true_people(numbers: DataFrame) -> DataFrame:
    """Return ``people``; see :class:`TruePeople`."""
    return numbers.select(
        person_id_expr(F.col(PersonNumbers.person)).alias(TruePeople.person_id),
        F.concat(F.lit("H"), F.lpad(F.col(PersonNumbers.household).cast("string"), 9, "0")).alias(TruePeople.household_id),
        named(SEGMENTS, F.col(PersonNumbers.segment)).alias(TruePeople.segment),
        F.col(PersonNumbers.is_holdout),
        F.col(PersonNumbers.in_crm),
    )


def to_true_events(activity: DataFrame, world: World) -> DataFrame:
    """Return ``events``: every native event once; CRM rows and spend are nobody's act and have no row."""
    is_act = (F.col(Activity.person) != NOBODY) & (F.col(Activity.source) != SOURCES.index("crm"))
    return activity.where(is_act).select(
        named(SOURCES, F.col(Activity.source)).alias(TrueEvents.source),
        native_id_expr(world).alias(TrueEvents.native_id),
        person_id_expr(F.col(Activity.person)).alias(TrueEvents.person_id),
        F.timestamp_millis(F.col(Activity.moment)).alias(TrueEvents.event_ts),
    )


def to_true_propensities(numbers: DataFrame) -> DataFrame:
    """Return ``propensities``: one row per person, as-of date and score."""
    scores = (("purchase", PropensityNumbers.purchase, PropensityNumbers.bought), ("churn", PropensityNumbers.churn, PropensityNumbers.silent))
    entries = [
        F.struct(F.lit(name).alias("name"), F.col(chance).alias("chance"), F.col(outcome).alias("outcome")) for name, chance, outcome in scores
    ]
    return numbers.withColumn("ENTRY", F.explode(F.array(*entries))).select(
        person_id_expr(F.col(PropensityNumbers.person)).alias(TruePropensities.person_id),
        F.date_add(F.lit(START), F.col(PropensityNumbers.day)).alias(TruePropensities.as_of_date),
        F.col("ENTRY.name").alias(TruePropensities.score_name),
        F.lit(HORIZON_DAYS).alias(TruePropensities.horizon_days),
        F.col("ENTRY.chance").alias(TruePropensities.propensity),
        F.col("ENTRY.outcome").alias(TruePropensities.outcome),
    )


def to_true_identifiers(carried: DataFrame, world: World) -> DataFrame:
    """Return ``identifiers``: each value on a readable record, with its rightful owners."""
    is_single, own_group = F.size(OWNERS) == 1, F.concat(F.lit("-"), F.col(NAMESPACE), F.col(Carried.number).cast("string"))
    is_connected = is_single & (F.col(Carried.evidence) != NOBODY)
    return carried.transform(_to_owned).select(
        F.col(NAMESPACE).alias(TrueIdentifiers.namespace),
        _value(world).alias(TrueIdentifiers.value),
        F.when(is_single, F.element_at(OWNERS, 1)).alias(TrueIdentifiers.person_id),
        ((F.size(OWNERS) > 1) | (F.col(Carried.number) <= slots.FIRST_KIOSK)).alias(TrueIdentifiers.is_shared),
        F.col(OWNERS).alias(TrueIdentifiers.owners),
        F.concat(F.lit("G"), F.when(is_connected, F.col(Carried.evidence).cast("string")).otherwise(own_group)).alias(TrueIdentifiers.evidence_group),
    )


def to_corruption_counts(activity: DataFrame) -> DataFrame:
    """Return one row per source: delivered records, and how many of each planted kind."""
    copied, mess = F.col(Activity.copies) > 0, F.col(Activity.mess)
    return activity.groupBy(named(SOURCES, F.col(Activity.source)).alias(TrueEvents.source)).agg(
        (F.count(F.lit(1)) + F.count_if(copied)).alias(ROWS),
        F.count_if(copied).alias(DUPLICATES),
        F.count_if(F.col(Activity.weeks_late) > 0).alias(LATE),
        F.count_if(mess == SKEWED).alias(SKEWED_ROWS),
        F.count_if(mess == CORRUPT).alias(CORRUPT_ROWS),
        F.count_if(mess == UNMAPPED).alias(UNMAPPED_ROWS),
    )


def _to_owned(carried: DataFrame) -> DataFrame:
    """One row per identifier with its owners: tablets and recycled numbers have several, kiosks and placeholders none."""
    number = F.col(Carried.number)
    is_by_use = F.pmod(number, F.lit(slots.SLOTS)).isin(slots.PHONE, slots.TABLET_COOKIE, slots.TABLET_DEVICE)
    owner = F.when(number < 0, F.lit(None)).when(is_by_use, F.col(Carried.person)).otherwise(values.owner_expr(number))
    return carried.groupBy(named(NAMESPACES, F.col(Carried.namespace)).alias(NAMESPACE), Carried.number).agg(
        F.array_sort(F.collect_set(person_id_expr(owner))).alias(OWNERS),
        F.max(Carried.evidence).alias(Carried.evidence),
    )


def _value(world: World) -> Column:
    number, namespace = F.col(Carried.number), F.col(NAMESPACE)
    return (
        F.when(namespace == "email", values.email_expr(world, number))
        .when(namespace == "phone", values.phone_expr(world, number))
        .when(namespace == "cookie_id", values.cookie_expr(world, number))
        .when(namespace == "device_id", values.device_expr(world, number))
        .when(namespace == "loyalty_id", values.loyalty_expr(number))
        .when(namespace == "card_token", values.card_expr(world, number))
        .when(namespace == "crm_id", values.crm_expr(number))
    )
