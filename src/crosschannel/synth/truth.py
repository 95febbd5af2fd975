"""Truth tables from the numbers behind the logs; jobs never read them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.truth import TrueEvents, TrueIdentifiers, TruePeople, TruePropensities
from crosschannel.synth import slots, values
from crosschannel.synth.activity import CLEAN, CORRUPT, SKEWED, UNMAPPED
from crosschannel.synth.behaviour import SEGMENTS
from crosschannel.synth.details import native_id_expr
from crosschannel.synth.parameters import HORIZON_DAYS, SOURCES, START, World
from crosschannel.synth.shapes import NOBODY, Activity, Grouped, PersonNumbers, PropensityNumbers
from crosschannel.synth.values import named, person_id_expr

NAMESPACE, NUMBER, USER, OWNERS, CARRIED = "NAMESPACE", "NUMBER", "USER", "OWNERS", "CARRIED"
ROWS, DUPLICATES, LATE, SKEWED_ROWS, CORRUPT_ROWS, UNMAPPED_ROWS = "rows", "duplicates", "late", "skewed", "corrupt", "unmapped"
_PLACES = {  # source -> namespaces of id_a, id_b, id_c
    "web": ("cookie_id", "email"),
    "app": ("device_id", "email"),
    "email": ("email",),
    "sms": ("phone",),
    "ads": ("cookie_id",),
    "store": ("card_token", "loyalty_id", "email"),
    "call": ("phone", "email"),
    "crm": ("email", "phone", "loyalty_id"),
}


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


def to_true_identifiers(activity: DataFrame, evidence: DataFrame, world: World) -> DataFrame:
    """Return ``identifiers``: each value on a readable record, with its rightful owners."""
    known = activity.transform(_to_carried).transform(_to_owned).join(evidence.withColumnRenamed(Grouped.number, NUMBER), on=NUMBER, how="left")
    is_single = F.size(OWNERS) == 1
    own_group = F.concat(F.lit("-"), F.col(NAMESPACE), F.col(NUMBER).cast("string"))
    group = F.when(is_single, F.coalesce(F.col(Grouped.evidence).cast("string"), own_group)).otherwise(own_group)
    return known.select(
        F.col(NAMESPACE).alias(TrueIdentifiers.namespace),
        _value(world).alias(TrueIdentifiers.value),
        F.when(is_single, F.element_at(OWNERS, 1)).alias(TrueIdentifiers.person_id),
        ((F.size(OWNERS) > 1) | (F.col(NUMBER) <= slots.FIRST_KIOSK)).alias(TrueIdentifiers.is_shared),
        F.col(OWNERS).alias(TrueIdentifiers.owners),
        F.concat(F.lit("G"), group).alias(TrueIdentifiers.evidence_group),
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


def _to_carried(activity: DataFrame) -> DataFrame:
    """One row per identifier, and person of a readable record that carries it."""
    places = (Activity.id_a, Activity.id_b, Activity.id_c)
    crm_key = F.col(Activity.person) * slots.SLOTS + slots.CRM
    carried = []
    for source, namespaces in _PLACES.items():
        pairs = [F.struct(F.lit(n).alias(NAMESPACE), F.col(p).alias(NUMBER)) for n, p in zip(namespaces, places, strict=False)]
        if source == "crm":
            pairs.append(F.struct(F.lit("crm_id").alias(NAMESPACE), crm_key.alias(NUMBER)))
        carried.append(F.when(F.col(Activity.source) == SOURCES.index(source), F.array(*pairs)))
    readable = activity.where((F.col(Activity.mess) == CLEAN) & (F.col(Activity.person) != NOBODY))
    identifiers = readable.select(F.col(Activity.person).alias(USER), F.explode(F.coalesce(*carried)).alias(CARRIED))
    return identifiers.select(USER, f"{CARRIED}.*").where(F.col(NUMBER) != NOBODY).distinct()


def _to_owned(carried: DataFrame) -> DataFrame:
    """One row per identifier with its owners: tablets and recycled numbers have several, kiosks and placeholders none."""
    slot = F.pmod(F.col(NUMBER), F.lit(slots.SLOTS))
    is_by_use = slot.isin(slots.PHONE, slots.TABLET_COOKIE, slots.TABLET_DEVICE)
    owner = F.when(F.col(NUMBER) < 0, F.lit(None)).when(is_by_use, F.col(USER)).otherwise(values.owner_expr(F.col(NUMBER)))
    return carried.groupBy(NAMESPACE, NUMBER).agg(F.array_sort(F.collect_set(person_id_expr(owner))).alias(OWNERS))


def _value(world: World) -> Column:
    number, namespace = F.col(NUMBER), F.col(NAMESPACE)
    return (
        F.when(namespace == "email", values.email_expr(world, number))
        .when(namespace == "phone", values.phone_expr(world, number))
        .when(namespace == "cookie_id", values.cookie_expr(world, number))
        .when(namespace == "device_id", values.device_expr(world, number))
        .when(namespace == "loyalty_id", values.loyalty_expr(number))
        .when(namespace == "card_token", values.card_expr(world, number))
        .when(namespace == "crm_id", values.crm_expr(number))
    )
