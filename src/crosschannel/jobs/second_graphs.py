"""What customers share beside themselves: the loose tier and households, solved on the driver within its room."""

from __future__ import annotations

from pyspark.sql import DataFrame

from crosschannel.contracts.customers import Households
from crosschannel.contracts.silver import IdentityMap
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.identity import households, loose
from crosschannel.identity.components import require_room
from crosschannel.identity.decisions import VETO_DDL
from crosschannel.identity.resolve import rules_of
from crosschannel.jobs.driver_room import driver_room
from crosschannel.jobs.stitching import Evidence, Keep
from crosschannel.runtime.context import JobContext
from crosschannel.settings.identity import IdentitySettings


def with_loose_tier(strict: DataFrame, *, ctx: JobContext, settings: IdentitySettings, evidence: Evidence, keep: Keep) -> DataFrame:
    """Add the loose id of every identifier."""
    assert settings.loose is not None
    meetings = keep(_meetings(strict, evidence, settings, settings.loose.max_customers, is_lasting=False))
    vetoes = frame_of(ctx.spark, [], VETO_DDL) if evidence.vetoes is None else evidence.vetoes
    links, persons = meetings.transform(households.to_links), strict.transform(loose.to_people, meetings=meetings, settings=settings)
    require_room(links.count() + persons.count(), driver_room(settings))
    rules = rules_of(settings.model_copy(update={"weak_share_percent": 0}))
    found = loose.loose_anchors(persons.toArrow(), links.toArrow(), vetoes.toArrow(), rules)
    return strict.transform(loose.with_loose_id, loose=ctx.spark.createDataFrame(found, loose.LOOSE_DDL), meetings=meetings)


def publish_households(ctx: JobContext, settings: IdentitySettings, evidence: Evidence, customers: DataFrame, keep: Keep) -> None:
    """Store which customers share a household, if the settings ask for it."""
    rule = settings.households
    if rule is None:
        return
    meetings = keep(_meetings(customers, evidence, settings, rule.max_customers, is_lasting=True))
    links = meetings.transform(households.to_links)
    require_room(links.count(), driver_room(settings))
    houses = ctx.spark.createDataFrame(households.houses_of(links.toArrow(), rule.max_persons), households.HOUSES_DDL)
    stored = ctx.write(Households, houses.transform(households.to_households, meetings=meetings, identity_map=customers))
    ctx.log("households", customers=stored.count())


def _meetings(customers: DataFrame, evidence: Evidence, settings: IdentitySettings, most: int, *, is_lasting: bool) -> DataFrame:
    known = customers.select(*[c for c in IdentityMap.contract.columns if c in customers.columns])
    return evidence.edges.transform(households.to_meetings, identity_map=known, people=settings.people, max_customers=most, is_lasting=is_lasting)
