"""What customers allow, from the ledger of consent and the identity map of the moment.

Input   silver.consents, silver.identity_map
Output  one row per customer, purpose and channel of whom anything is known

Rules, from the strictest. A customer is refused if any of their identifiers is; so no merge turns a
refusal into a permission. An identifier is refused if its latest statement is a withdrawal; of two
at one moment the withdrawal counts. A grant counts from the moment a source first said it: an export
that repeats last month's yes does not undo this week's opt-out. A grant after the as-of date does
not count yet; a withdrawal counts whatever its date, because the data are used now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.contracts.activation import AllowedContacts
from crosschannel.contracts.privacy import ALL_CHANNELS, GRANTED, WITHDRAWN, ConsentDecisions, Consents, permission_columns
from crosschannel.contracts.silver import IdentityMap
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.privacy.statements import only_new_grants
from crosschannel.settings.consent import ConsentSettings

LATEST, TARGET, IS_WITHDRAWN = "LATEST", "TARGET", "IS_WITHDRAWN"
TARGETS_DDL = f"{Consents.purpose} string, {Consents.channel} string, {TARGET} string"


def to_decisions(ledger: DataFrame, identity_map: DataFrame, settings: ConsentSettings, *, as_of_date: date) -> DataFrame:
    """Return ``ConsentDecisions``: what holds, and which statement decides it."""
    owners = identity_map.select(IdentityMap.node_key, IdentityMap.customer_id)
    of_customer = to_standing(ledger, settings, as_of_date=as_of_date).join(owners, on=str(Consents.node_key), how="inner")
    return _decided_by(of_customer, ConsentDecisions.customer_id, F.col(IS_WITHDRAWN), F.col(Consents.event_ts)).select(*ConsentDecisions.columns)


def to_standing(ledger: DataFrame, settings: ConsentSettings, *, as_of_date: date) -> DataFrame:
    """Return what holds for each identifier, purpose and decided channel."""
    end = datetime.combine(as_of_date + timedelta(days=1), time())
    is_withdrawn = F.col(Consents.status) == WITHDRAWN
    known = ledger.where(is_withdrawn | (F.col(Consents.event_ts) < F.lit(end)))
    spread = known.join(F.broadcast(_targets(ledger.sparkSession, settings)), on=[str(Consents.purpose), str(Consents.channel)], how="inner")
    by_channel = spread.withColumn(Consents.channel, F.col(TARGET)).drop(TARGET).withColumn(IS_WITHDRAWN, is_withdrawn)
    return _decided_by(by_channel.transform(only_new_grants), Consents.node_key, F.col(Consents.event_ts), F.col(IS_WITHDRAWN))


def only_allowed(customers: DataFrame, decisions: DataFrame, purpose: str, settings: ConsentSettings) -> DataFrame:
    """Keep the rows of customers whose data may serve a purpose."""
    return _split(customers, decisions, purpose, kept="left_anti" if settings.is_allowed_unasked(purpose) else "left_semi", settings=settings)


def only_refused(customers: DataFrame, decisions: DataFrame, purpose: str, settings: ConsentSettings) -> DataFrame:
    """Keep the rows of all others."""
    return _split(customers, decisions, purpose, kept="left_semi" if settings.is_allowed_unasked(purpose) else "left_anti", settings=settings)


def with_permissions(customers: DataFrame, decisions: DataFrame, settings: ConsentSettings) -> DataFrame:
    """Add a column per purpose and channel that says whether the customer may be approached."""
    named = dict(zip(map(str, permission_columns(settings.published)), settings.published, strict=True))
    if not named:
        return customers
    said = {
        name: F.max(F.when((F.col(ConsentDecisions.purpose) == p) & (F.col(ConsentDecisions.channel) == c), F.col(ConsentDecisions.status) == GRANTED))
        for name, (p, c) in named.items()
    }
    wide = decisions.groupBy(ConsentDecisions.customer_id).agg(*[said[name].alias(name) for name in named])
    unasked = {name: F.coalesce(F.col(name), F.lit(settings.is_allowed_unasked(p))) for name, (p, _) in named.items()}
    return customers.join(wide, on=str(ConsentDecisions.customer_id), how="left").withColumns(unasked)


def to_contacts(customers: DataFrame, decisions: DataFrame, settings: ConsentSettings, purposes: Mapping[str, str]) -> DataFrame:
    """Return whom each channel may reach, as :class:`~crosschannel.contracts.activation.AllowedContacts`.

    Parameters
    ----------
    purposes
        Channel, and the purpose that has to be allowed in it.
    """
    asked = customers.select(ConsentDecisions.customer_id).transform(with_permissions, decisions, settings)
    named = zip(permission_columns(settings.published), settings.published, strict=True)
    may = [F.when(F.col(name), F.lit(channel)) for name, (purpose, channel) in named if purposes.get(channel) == purpose]
    channels = F.array_compact(F.array(*may).cast("array<string>"))
    return asked.select(AllowedContacts.customer_id, F.explode(channels).alias(AllowedContacts.channel))


def _split(customers: DataFrame, decisions: DataFrame, purpose: str, *, kept: str, settings: ConsentSettings) -> DataFrame:
    status = WITHDRAWN if settings.is_allowed_unasked(purpose) else GRANTED
    told = decisions.where((F.col(ConsentDecisions.purpose) == purpose) & (F.col(ConsentDecisions.status) == status))
    return customers.join(told.select(ConsentDecisions.customer_id).distinct(), on=str(ConsentDecisions.customer_id), how=kept)


def _targets(spark: SparkSession, settings: ConsentSettings) -> DataFrame:
    rows = {(p, c, c) for p, c in settings.decided} | {(p, ALL_CHANNELS, c) for p, c in settings.decided}
    return frame_of(spark, sorted(rows), TARGETS_DDL)


def _decided_by(rows: DataFrame, subject: str, *order: Column) -> DataFrame:
    """Reduce to one row per subject, purpose and channel: the largest in ``order``, ties broken by everything else."""
    keys = [subject, str(Consents.purpose), str(Consents.channel)]
    rest = _sorted_rest(rows.columns, keys)
    ranked = [c.alias(f"RANK_{n}") for n, c in enumerate(order)]
    latest = rows.groupBy(*keys).agg(F.max(F.struct(*ranked, *rest)).alias(LATEST))
    return latest.select(*keys, *[F.col(LATEST)[c].alias(c) for c in rest])


def _sorted_rest(columns: Iterable[str], keys: Iterable[str]) -> list[str]:
    return sorted(set(columns) - set(keys))
