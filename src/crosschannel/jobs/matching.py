"""The part of stitching that compares attribute records; nothing happens in projects without them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.people import MatchModels, RecordCustomers, RecordLinks
from crosschannel.identity.components import to_components
from crosschannel.identity.records.evidence import to_link_refusals, to_record_customers, to_record_edges, to_unique_ids
from crosschannel.identity.records.joining import to_alike
from crosschannel.identity.records.link import compare_records, learn, model_id, to_record_links, weigh
from crosschannel.identity.records.model import Model, from_json, to_json
from crosschannel.io.staging import small_frame
from crosschannel.jobs.driver_room import driver_room
from crosschannel.runtime.context import JobContext
from crosschannel.settings.identity import IdentitySettings

MODEL_FILE = "match_model.json"


@dataclass(frozen=True)
class Matches:
    """What comparing records came to, none of it stored; refusals are rows of ``silver.identity_refusals``."""

    profiles: DataFrame
    links: DataFrame
    edges: DataFrame
    refusals: DataFrame
    model: Model
    records: int


def match_records(
    ctx: JobContext, settings: IdentitySettings, profiles: DataFrame, identifiers: DataFrame, keep: Callable[[DataFrame], DataFrame]
) -> Matches:
    """Compare the profiles, learn or reload the weights, and join what is one person; ``identifiers`` tell who is not."""
    unique_ids = keep(identifiers.transform(to_unique_ids, profiles, settings))
    compared = compare_records(profiles, settings, keep)
    model = _known_model(ctx, settings) or learn(compared, settings)
    weighed = keep(weigh(compared, model, settings))
    components = to_alike(weighed, unique_ids, settings).transform(to_components, max_driver_edges=driver_room(settings), keep=keep, say=ctx.say)
    links = keep(to_record_links(weighed, unique_ids, components, model=model, rated=compared.rated, settings=settings))
    refusals = keep(compared.dropped.unionByName(links.transform(to_link_refusals, settings)))
    found = int(compared.patterns.counts[compared.patterns.found_by >= 0].sum())
    ctx.log("compared records", records=compared.records, pairs=found, patterns=len(compared.patterns.candidate_codes), refused=refusals.count())
    ctx.log("expects", pairs_of_one_person=round(model.same_rate * model.pairs), of_relatives=round(model.relatives_rate * model.pairs))
    return Matches(profiles, links, links.transform(to_record_edges, profiles, settings), refusals, model, compared.records)


def store_matches(ctx: JobContext, settings: IdentitySettings, matches: Matches, identity_map: DataFrame) -> None:
    """Store the pairs with their weights, the parameters behind them, and whose each record is."""
    ctx.write(RecordLinks, matches.links)
    row = (model_id(matches.model), settings_hash(settings), ctx.now, matches.records, to_json(matches.model))
    ctx.write(MatchModels, small_frame(ctx.spark, [row], MatchModels.contract.columns))
    ctx.tracker.log_dict(json.loads(to_json(matches.model)), MODEL_FILE)
    written = ctx.write(RecordCustomers, to_record_customers(matches.profiles, identity_map, matches.links))
    ctx.check("records_with_a_customer", observed=written.count(), expected=matches.records)


def _known_model(ctx: JobContext, settings: IdentitySettings) -> Model | None:
    """Return the parameters learned first for these attributes, if they are to be learned once."""
    if settings.matching.train == "always":
        return None
    known = ctx.read(MatchModels).where(F.col(MatchModels.settings_hash) == settings_hash(settings))
    first = known.orderBy(MatchModels.trained_ts, MatchModels.model_id).limit(1).collect()
    return from_json(first[0][MatchModels.parameters]) if first else None


def settings_hash(settings: IdentitySettings) -> str:
    """Return the hash of what decides how records are compared; parameters fit no other comparison."""
    compared = {name: a.model_dump(mode="json") for name, a in settings.attributes.items()}
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()
