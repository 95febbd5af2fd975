"""What ``erase`` is made of: whose rows lie where, and the steps that remove them, in the order that leaves nothing.

Sources first (bronze, quarantine, what was conformed of them), then the identity graph, which is
solved again where the person was; then everything that is derived. Every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.ml import Models, SegmentModels
from crosschannel.contracts.ops import IdentityActions
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PublishedScores, PublishedSegments
from crosschannel.contracts.silver import Identifiers, IdentityMap
from crosschannel.contracts.subjects import Subject, is_about_people
from crosschannel.contracts.table import Contract
from crosschannel.contracts.values import FITTED, ValueModels
from crosschannel.identity.sightings import sighting_expr, to_identifiers, with_pseudonyms
from crosschannel.ingest.conform import IDENTIFIERS, to_named, with_event_id
from crosschannel.io.lake import Lake
from crosschannel.io.purge import delete_rows
from crosschannel.jobs import publish_segments, stitch_identities
from crosschannel.jobs.person import Person, subjects_of
from crosschannel.jobs.train_segments import SEGMENTS
from crosschannel.privacy.person import VALUE, WHO, only_gone, only_holding, only_shared, owned, to_records, to_rows_about, whole_word
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.project import Project
from crosschannel.settings.stitching import Stitching

Keep = Callable[[DataFrame], DataFrame]
STITCHED = {c.name for c in CONTRACTS.values() if c.produced_by == "stitch_identities"}
GRAPH = STITCHED | {IdentityActions.contract.name}  # an identifier that others bear too stays in these
PUBLISHED = {PublishedSegments.contract.name, PublishedScores.contract.name}  # written anew by the release that follows
VALUES = "customer_values"  # name under which a receipt speaks of models of customer value, which no registry holds
RAW = {RawEvents.contract.name, Quarantine.contract.name}


@dataclass(frozen=True)
class Held:
    """What a lake holds of a person: their events (``WHO``), their raw records, and refused records that mention them."""

    person: Person
    events: DataFrame
    raw: DataFrame
    refused: DataFrame

    def rows_about(self, lake: Lake, contract: Contract) -> DataFrame:
        """Return the rows of a table that are the person's."""
        if contract.name == RawEvents.contract.name:
            return self.raw
        if contract.name == Quarantine.contract.name:
            return self.refused
        return to_rows_about(lake.read(contract), contract, subjects_of(lake.spark, self.person, self.events))


def events_of(lake: Lake, project: Project, person: Person, keep: Keep) -> DataFrame:
    """Return the ids of the person's events, also of raw records that were never conformed, such as repeated exports."""
    nodes, ranked = subjects_of(lake.spark, person, None)[Subject.NODE], project.identity.ranked
    found = lake.read(Identifiers.contract).transform(to_records, nodes, ranked)
    if lake.exists(RawEvents.contract):
        found = found.unionByName(_sightings(lake, project).transform(to_records, nodes, ranked))
    return keep(found.distinct())


def shared_keys(lake: Lake, held: Held) -> set[int]:
    """Return the identifiers of the person that records of others carry too: a family's phone, a tablet. They stay theirs."""
    nodes = subjects_of(lake.spark, held.person, None)[Subject.NODE]
    return {row[0] for row in lake.read(Identifiers.contract).transform(only_shared, nodes, held.events).distinct().collect()}  # of one person


def raw_records(lake: Lake, events: DataFrame) -> DataFrame:
    """Return the accepted records behind events."""
    ids = events.select(F.col(WHO).alias(Identifiers.event_id))
    return lake.read(RawEvents.contract).transform(with_event_id).join(ids, on=str(Identifiers.event_id), how="left_semi")


def refused_records(lake: Lake, values: Iterable[str]) -> DataFrame:
    """Return refused records that hold a value; the values travel as data, so that no plan shows them."""
    texts = [(whole_word(value),) for value in sorted(set(values))]
    return lake.read(Quarantine.contract).transform(only_holding, lake.spark.createDataFrame(lake.spark.sparkContext.parallelize(texts, 1), f"{VALUE} string"))


def about_people(lake: Lake) -> list[Contract]:
    """Return the tables of a lake in which rows may be found by person."""
    return [c for c in CONTRACTS.values() if lake.exists(c) and (c.name in RAW or owned(c))]


def telling_tables(lake: Lake) -> list[Contract]:
    """Return the tables whose files may hold something about a person."""
    return [c for c in CONTRACTS.values() if lake.exists(c) and is_about_people(c)]


def delete_outside_graph(lake: Lake, held: Held) -> dict[str, int]:
    """Delete the person's rows from all tables but those that stitching and publishing write anew."""
    left_out = GRAPH | PUBLISHED
    return {c.name: delete_rows(lake, c, held.rows_about(lake, c)) for c in about_people(lake) if c.name not in left_out}


def stitch_without(held: Held, deleted: dict[str, int]) -> Job:
    """Return the job that solves the graph again, and then removes what its tables still say of the person."""
    return Job("stitch_identities", partial(_stitch_and_forget, held=held, deleted=deleted), settings=stitch_identities.JOB.settings)


def publish_without(person: Person) -> Job:
    """Return the job that publishes the release's day once more, without a word about the person."""
    return Job("publish_segments", partial(publish_segments.run, forgotten=person.customers), settings=publish_segments.JOB.settings)


def models_that_saw(lake: Lake, person: Person) -> list[tuple[str, str]]:
    """Return name and version of the models trained on a day of which the person has features, or a later one."""
    if not person.customers or not lake.exists(CustomerFeatures.contract):
        return []
    mine = lake.read(CustomerFeatures.contract).where(F.col(CustomerFeatures.customer_id).isin(*person.customers))
    first: date | None = mine.agg(F.min(CustomerFeatures.as_of_date)).collect()[0][0]
    if first is None:
        return []
    scores = lake.read(Models.contract).where(F.col(Models.as_of_date) >= F.lit(first)).select(Models.model_name, Models.model_version)
    segments = lake.read(SegmentModels.contract).where(F.col(SegmentModels.as_of_date) >= F.lit(first))
    named = segments.select(F.lit(SEGMENTS).alias(Models.model_name), F.col(SegmentModels.model_version).alias(Models.model_version))
    values = lake.read(ValueModels.contract).where((F.col(ValueModels.as_of_date) >= F.lit(first)) & (F.col(ValueModels.verdict) == FITTED))
    valuing = values.select(F.lit(VALUES).alias(Models.model_name), F.col(ValueModels.model_version).alias(Models.model_version))
    return sorted((row[0], row[1]) for row in scores.unionByName(named).unionByName(valuing).collect())  # one row a model


def _sightings(lake: Lake, project: Project) -> DataFrame:
    settings: IdentitySettings = project.identity
    columns = (Identifiers.event_id, Identifiers.source, Identifiers.channel, Identifiers.event_ts)
    named = lake.read(RawEvents.contract).transform(with_event_id).transform(
        to_named, project.sources.sources, sighting_expr(settings.namespaces), columns
    )  # fmt: skip
    key, version = pseudonym_key(settings.pseudonyms), settings.pseudonyms.version
    return named.transform(with_pseudonyms, IDENTIFIERS, spark=lake.spark, key=key, version=version).transform(to_identifiers, IDENTIFIERS)


def _stitch_and_forget(ctx: JobContext, told: Stitching, *, held: Held, deleted: dict[str, int]) -> None:
    stitch_identities.run(ctx, told)
    lake, now = ctx.lake, ctx.lake.read(IdentityMap.contract)
    subjects = subjects_of(lake.spark, held.person, held.events)
    # An identifier that others bear too, such as a shared tablet, is theirs now and stays.
    subjects[Subject.NODE] = only_gone(subjects[Subject.NODE], now, IdentityMap.node_key)
    subjects[Subject.CUSTOMER] = only_gone(subjects[Subject.CUSTOMER], now, IdentityMap.customer_id)
    for contract in (c for c in about_people(lake) if c.name in GRAPH):
        deleted[contract.name] = delete_rows(lake, contract, to_rows_about(lake.read(contract), contract, subjects))
        if contract.name in STITCHED:
            ctx.outputs[contract.name] = lake.version(contract)  # what the next stitch builds on
