"""Planted truth: what the generator knows and no job may read; only grading does.

Parquet files under the truth folder, one per shape, named like the shape in lower case.
"""

from crosschannel.contracts.column import column, time
from crosschannel.contracts.table import Shape


class TruePeople(Shape):
    """``people``: one row per person."""

    person_id = column("string", "person")
    household_id = column("string", "household the person lives in")
    segment = column("string", "latent segment")
    is_holdout = column("boolean", "never contacted by campaigns")
    in_crm = column("boolean", "has a CRM row")


class TrueIdentifiers(Shape):
    """``identifiers``: one row per identifier value that occurs in the logs."""

    namespace = column("string", "type of the identifier")
    value = column("string", "normalised raw value", personal=True)
    person_id = column("string", "its only owner; null if nobody or several own it", nullable=True)
    is_shared = column("boolean", "several people own it")
    owners = column("array<string>", "all owners")
    evidence_group = column("string", "identifiers of one person that the logs connect share it", nullable=True)


class TruePropensities(Shape):
    """``propensities``: one row per person, date and score."""

    person_id = column("string", "person")
    as_of_date = column("date", "last day before the horizon")
    score_name = column("string", "purchase or churn")
    horizon_days = column("int", "length of the horizon", unit="days")
    propensity = column("double", "true probability of the outcome", unit="0-1")
    outcome = column("int", "1 if it happened")


class TrueEvents(Shape):
    """``events``: one row per logged event."""

    source = column("string", "name of the source")
    native_id = column("string", "id the source gave the event")
    person_id = column("string", "who caused it")
    event_ts = time("timestamp", "true moment, UTC")


class MatchedIdentifiers(Shape):
    """Identifiers of exactly one person beside the customer stitching gave them; what grading counts."""

    node_key = column("bigint", "keyed pseudonym of the value")
    person_id = column("string", "true owner")
    evidence_group = column("string", "identifiers of one person that the logs connect share it", nullable=True)
    customer_id = column("string", "customer it was given to")
