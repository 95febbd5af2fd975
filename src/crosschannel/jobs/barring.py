"""The part of stitching that bars values from linking; nothing happens in projects without such rules.

Who is barred follows from the identifiers, the ledger of consent, the settings and the as-of date, never from a run before.
An increment counts anew only what its events can have changed, and looks whether anybody turned:
then the edges of before hold too much or too little and are counted anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import IdentityRefusals
from crosschannel.identity.barred import to_barred_keys, to_turned, without_barred
from crosschannel.identity.hot import capped, to_candidates, to_hot
from crosschannel.identity.purposes import to_unpermitted
from crosschannel.jobs.left_before import known_day, read_before
from crosschannel.privacy.decisions import to_standing
from crosschannel.runtime.context import JobContext
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.stitching import Stitching

MOST_BROADCAST = 1_000_000  # barred keys sent to every worker; more of them are joined by a shuffle


@dataclass(frozen=True)
class Barred:
    """The refusals, and the keys of the values they name: ``None`` if there are none."""

    refusals: DataFrame
    keys: DataFrame | None

    def without(self, rows: DataFrame) -> DataFrame:
        """Drop the rows of barred values."""
        return rows if self.keys is None else rows.transform(without_barred, self.keys)

    def turned(self, ctx: JobContext, known: DataFrame) -> bool:
        """Tell whether a value known before is barred now, or one barred before no more."""
        before = read_before(ctx, IdentityRefusals).transform(to_barred_keys)
        now = self.refusals.transform(to_barred_keys) if self.keys is None else self.keys
        return not before.transform(to_turned, now, known=known).isEmpty()


def barred(
    ctx: JobContext, told: Stitching, ledger: DataFrame, identifiers: DataFrame, added: DataFrame | None, keep: Callable[[DataFrame], DataFrame]
) -> Barred | None:
    """Find the values that may link nobody; ``None`` if no rule bars any.

    Parameters
    ----------
    ledger
        What people said about the use of their data.
    identifiers
        All of them, without values that people blocked.
    added
        Those that came since the last success, if nothing else changed since.
    """
    found = []
    if capped(told.identity):
        found.append(_hot(ctx, told.identity, identifiers, added))
    if told.needed:
        said = to_standing(ledger, told.consent, as_of_date=known_day(ctx))
        unasked = [name for name in told.consent.purposes if told.consent.is_allowed_unasked(name)]
        found.append(identifiers.transform(to_unpermitted, said=said, needed=told.needed, unasked=unasked))
    if not found:
        return None
    refusals = keep(reduce(DataFrame.unionByName, found))
    keys = keep(refusals.transform(to_barred_keys))
    count = keys.count()
    ctx.log("barred from linking", values=count)
    if not count:
        return Barred(refusals, None)
    return Barred(refusals, F.broadcast(keys) if count <= MOST_BROADCAST else keys)


def _hot(ctx: JobContext, settings: IdentitySettings, identifiers: DataFrame, added: DataFrame | None) -> DataFrame:
    candidates = None
    if added is not None and _only_moves_on(ctx, settings):
        candidates = added.transform(to_candidates, refusals=read_before(ctx, IdentityRefusals), settings=settings)
    return identifiers.transform(to_hot, settings=settings, as_of=known_day(ctx), candidates=candidates)


def _only_moves_on(ctx: JobContext, settings: IdentitySettings) -> bool:
    """Tell whether no window opened towards the past since the last success."""
    if all(n.window is None for n in capped(settings).values()):
        return True
    return ctx.before is not None and ctx.before.as_of is not None and ctx.before.as_of <= known_day(ctx)
