"""Keep tiles and features up to date: days that gained events, and dates whose inputs changed.

A date is built anew when the digest of what it would be built from is another than the one its rows
carry: tiles up to the date, memberships known on it, settings and code. So a late event moves the
dates that may know it and no other, and a run that was killed is finished by the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.customers import IdentityHistory
from crosschannel.contracts.gold import ActivityTiles, CustomerFeatures
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.features.assemble import Known, to_added_up, to_customer_features
from crosschannel.features.plan import TilePlan
from crosschannel.features.population import CUSTOMERS, REASON, to_excluded_counts
from crosschannel.features.tiles import DIGEST, TILES, only_days, to_daily_tiles, to_tile_digests
from crosschannel.identity.as_of import DATE, to_known_members, to_member_digests
from crosschannel.io.lake import ABSENT
from crosschannel.io.staging import staging
from crosschannel.runtime.audit import code_hash
from crosschannel.runtime.context import JobContext
from crosschannel.settings.features import FeaturesSettings, features_contract
from crosschannel.settings.project import settings_hash


def repair_tiles(ctx: JobContext, plan: TilePlan) -> str:
    """Build the tiles of the days that gained events, of all days if the rules changed; return the digest of the rules."""
    rules, events, tiles = plan.digest(code_hash()), ctx.read(Events), ctx.read(ActivityTiles)
    stored = tiles.agg(F.min(ActivityTiles.rules), F.max(ActivityTiles.rules)).collect()[0]  # one row
    added = _added(ctx) if set(stored) == {rules} else None
    days = _days(added if added is not None else events.select(Events.event_date).unionByName(tiles.select(ActivityTiles.event_date)))
    if not days:
        ctx.log("tiles are up to date")
        return rules
    wanted = events if added is None else events.transform(only_days, days)
    written = ctx.write(ActivityTiles, wanted.transform(to_daily_tiles, plan=plan, rules=rules), slices=days)
    _check_sums(ctx, wanted, written.where(F.col(ActivityTiles.event_date).isin(*days)))
    ctx.log("tiles built" if added is None else "tiles repaired", days=len(days))
    return rules


def known_members(ctx: JobContext, as_of_dates: Sequence[date]) -> DataFrame:
    """Return whose each identifier was known to be on each date."""
    return to_known_members(ctx.read(IdentityMap), ctx.read(IdentityHistory), as_of_dates)


def build_dates(ctx: JobContext, settings: FeaturesSettings, as_of_dates: Sequence[date], rules: str, first_event_date: date) -> list[date]:
    """Build the dates whose inputs changed, say who gets no row, and return these dates."""
    tiles = ctx.read(ActivityTiles)
    digests = _digests(ctx, tiles, as_of_dates, f"{rules} {settings_hash(settings)} {first_event_date}")
    stale = _stale(ctx, digests)
    ctx.log("as-of dates", wanted=len(as_of_dates), built=len(stale), features=len(settings.feature_columns()))
    if not stale:
        return stale
    known = Known(tiles, known_members(ctx, stale), settings, first_event_date)
    with staging() as keep:  # the sums are most of the work, and are read twice
        added_up = keep(to_added_up(known))
        _write_features(ctx, known, added_up, {d: digests[d] for d in stale})
        _say_who_is_left_out(ctx, known, added_up)
    return stale


def _write_features(ctx: JobContext, known: Known, added_up: DataFrame, digests: dict[date, str]) -> None:
    marked = F.create_map(*[F.lit(part) for pair in digests.items() for part in pair])[F.col(CustomerFeatures.as_of_date)]
    features = to_customer_features(known, added_up).withColumn(CustomerFeatures.inputs_digest, marked)
    stored = ctx.write(features_contract(known.settings), features, slices=sorted(digests))
    ahead = F.count_if(F.to_date(CustomerFeatures.max_event_ts) > F.col(CustomerFeatures.as_of_date))
    ctx.check("rows that know an event after their as-of date", observed=stored.agg(ahead).collect()[0][0], expected=0)


def _say_who_is_left_out(ctx: JobContext, known: Known, added_up: DataFrame) -> None:
    excluded = to_excluded_counts(added_up, tiles=known.tiles, members=known.members, population=known.settings.population)
    for row in sorted(excluded.collect()):  # three rows a date at most
        ctx.log(f"left out as of {row[0]}: {row[REASON]}", customers=row[CUSTOMERS])


def _added(ctx: JobContext) -> DataFrame | None:
    """Return the events that are new since the last success; ``None`` if events were removed too, or nothing is known."""
    version = ctx.before.inputs.get(Events.contract.name, ABSENT) if ctx.before else ABSENT
    return None if version > ctx.lake.version(Events.contract) else ctx.lake.appended_since(Events.contract, version)


def _days(events: DataFrame) -> list[date]:
    """Return the days of events or tiles; as many as days are kept, at most."""
    return sorted(row[0] for row in events.select(Events.event_date).distinct().collect())


def _check_sums(ctx: JobContext, events: DataFrame, tiles: DataFrame) -> None:
    """Compare the tiles written with a count of their own over the events."""
    rows, known = events.agg(F.count(F.lit(1)), F.count(Events.node_key)).collect()[0]
    in_tiles = tiles.agg(F.sum(ActivityTiles.event_count)).collect()[0][0]
    ctx.check("events with an identifier stand in tiles", observed=in_tiles or 0, expected=known)
    ctx.log("events added up", events=known, without_identifier=rows - known)


def _digests(ctx: JobContext, tiles: DataFrame, as_of_dates: Sequence[date], rules: str) -> dict[date, str]:
    """Digest, per date, everything its rows would be built from."""
    of_tiles = tiles.transform(to_tile_digests, as_of_dates).collect()[0]
    of_members = {row[DATE]: row for row in known_members(ctx, as_of_dates).transform(to_member_digests, as_of_dates).collect()}  # one row a date
    parts = {d: (of_tiles[f"{TILES}_{d}"], of_tiles[f"{DIGEST}_{d}"], of_members.get(d), rules) for d in as_of_dates}
    return {d: hashlib.sha256(repr(part).encode()).hexdigest()[:16] for d, part in parts.items()}


def _stale(ctx: JobContext, digests: dict[date, str]) -> list[date]:
    """Return the dates whose rows were built from something else, or are not there."""
    if ctx.before is None:
        return sorted(digests)
    rows = ctx.read(CustomerFeatures).where(F.col(CustomerFeatures.as_of_date).isin(*digests))
    found = rows.groupBy(CustomerFeatures.as_of_date).agg(F.min(CustomerFeatures.inputs_digest), F.max(CustomerFeatures.inputs_digest))
    built = {row[0]: row[1] for row in found.collect() if row[1] == row[2]}  # one row a date
    return sorted(d for d, digest in digests.items() if built.get(d) != digest)
