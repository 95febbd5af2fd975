"""What people live through: one mode per week, and the moments of their acts.

The same draws serve the logs and the outcomes after the last logged day, so an outcome inside the
data always equals what the logs show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crosschannel.synth.behaviour import (
    APP,
    KINDS,
    NEWS,
    OWN_ACTS,
    PURCHASE,
    SCAN,
    SMS_CLICK,
    WEB,
    chains,
    first_modes,
    weekly_means,
)
from crosschannel.synth.counter_rng import Bools, Floats, Ints, Keys, child_keys, keys_of, poisson, uniforms
from crosschannel.synth.parameters import DAYS_IN_WEEK, World
from crosschannel.synth.people import Traits

DAY_SHARES = np.array([0.13, 0.13, 0.13, 0.14, 0.15, 0.17, 0.15])  # of a week's acts, from Monday
_MODE_STREAM = 10
_KIND_STREAM = 100  # plus the kind
_MAX_PER_WEEK = 4096  # acts of one kind; keeps the draws of neighbouring weeks apart


@dataclass(frozen=True)
class Moments:
    """Acts of one kind: row of the person in the batch, week, place in the week, day, key of further draws."""

    row: Ints
    week: Ints
    ordinal: Ints
    day: Ints
    keys: Keys

    def __len__(self) -> int:
        """Acts."""
        return len(self.row)

    def only(self, keep: Bools) -> Moments:
        """Drop the acts that are not kept."""
        return Moments(self.row[keep], self.week[keep], self.ordinal[keep], self.day[keep], self.keys[keep])


def modes_of(world: World, traits: Traits) -> Ints:
    """Simulate the chain of modes: people by lived weeks."""
    keys = keys_of(world.seed, _MODE_STREAM, traits.person)
    chain = np.cumsum(chains(), axis=2)
    modes = np.zeros((len(traits), world.lived_weeks), dtype=np.int64)
    steps = np.cumsum(first_modes(), axis=1)[traits.segment]
    for week in range(world.lived_weeks):
        if week:
            steps = chain[traits.segment, modes[:, week - 1]]
        modes[:, week] = np.minimum((uniforms(keys, week)[:, None] >= steps).sum(axis=1), steps.shape[1] - 1)
    return modes


def means_in(world: World, traits: Traits, week: int) -> Floats:
    """Return each person's Poisson means in a week, for every mode: people, mode, kind."""
    table = weekly_means(world.level)
    drifted = int(world.drift_week is not None and week >= world.drift_week)
    gets_mail = week < traits.email_until
    is_reached = gets_mail & ~traits.is_holdout
    means = table[drifted][is_reached.astype(np.int64), traits.segment]
    means[..., WEB] += np.where(traits.has_app, 0.0, 1.0)[:, None] * means[..., APP]
    means[..., APP] *= traits.has_app[:, None]
    means[..., NEWS] *= gets_mail[:, None]
    means[..., SMS_CLICK] *= (traits.has_sms & ~traits.is_holdout)[:, None]
    means[..., SCAN] *= traits.has_loyalty[:, None]
    factor = np.repeat(traits.activity[:, None], KINDS, axis=1)
    factor[:, PURCHASE] = np.sqrt(traits.activity)  # buying varies less between people than visiting
    return np.asarray(means * factor[:, None, :])


def moments_of(world: World, traits: Traits, modes: Ints, weeks: int) -> Iterator[tuple[int, Moments]]:
    """Draw the acts (and ad impressions) of the first ``weeks`` weeks, kind by kind."""
    rows = np.arange(len(traits))
    means = np.stack([means_in(world, traits, w)[rows, modes[:, w]] for w in range(weeks)], axis=1)
    for kind in range(KINDS):
        keys = keys_of(world.seed, _KIND_STREAM + kind, traits.person)
        week_keys = child_keys(keys[:, None], np.arange(weeks)[None, :])
        counts = poisson(uniforms(week_keys), means[..., kind]).reshape(means.shape[:2])
        yield kind, _spread(np.minimum(counts, _MAX_PER_WEEK), week_keys)


def has_acted(world: World, traits: Traits, modes: Ints) -> tuple[Bools, Bools]:
    """Return who acted at all, and who bought, on each lived day: people by days."""
    acted = np.zeros((len(traits), world.lived_weeks * DAYS_IN_WEEK), dtype=bool)
    bought = np.zeros_like(acted)
    for kind, moments in moments_of(world, traits, modes, world.lived_weeks):
        if kind in OWN_ACTS:
            acted[moments.row, moments.day] = True
        if kind == PURCHASE:
            bought[moments.row, moments.day] = True
    return acted, bought


def _spread(counts: Ints, week_keys: Keys) -> Moments:
    """Turn counts per person and week into one entry per act, each on a day of its week."""
    row, week = np.nonzero(counts)
    times = counts[row, week]
    row, week = np.repeat(row, times), np.repeat(week, times)
    ordinal = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    keys = child_keys(week_keys[row, week], ordinal + 1)
    weekday = np.searchsorted(np.cumsum(DAY_SHARES)[:-1], uniforms(keys), side="right")
    return Moments(row, week, ordinal, week * DAYS_IN_WEEK + weekday, keys)
