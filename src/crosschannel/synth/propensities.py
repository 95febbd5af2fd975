"""True propensities: what a reader of minds would know on the as-of date.

Given the latent mode on that day and the person's traits, the probability of no act within the
horizon is exact: acts are Poisson given the mode, and the mode is a Markov chain, so the chance is
a product of survival terms and transitions, summed backwards from the end of the horizon.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crosschannel.synth.behaviour import OWN_ACTS, PURCHASE, chains
from crosschannel.synth.counter_rng import Floats, Ints
from crosschannel.synth.lives import DAY_SHARES, has_acted, means_in, modes_of
from crosschannel.synth.parameters import DAYS_IN_WEEK, HORIZON_DAYS, World
from crosschannel.synth.people import Traits


def propensities_of(world: World, traits: Traits) -> dict[str, Any]:
    """Return one entry per person and as-of day: both propensities and both outcomes."""
    modes = modes_of(world, traits)
    means = [means_in(world, traits, week) for week in range(world.lived_weeks)]
    acted, bought = has_acted(world, traits, modes)
    parts = []
    for day in world.as_of_days:
        horizon = slice(day + 1, day + 1 + HORIZON_DAYS)
        now = modes[:, day // DAYS_IN_WEEK]
        no_purchase = _no_act(day, now, traits, [m[..., PURCHASE] for m in means])
        no_act = _no_act(day, now, traits, [m[..., OWN_ACTS].sum(axis=2) for m in means])
        parts.append({
            "person": traits.person, "day": np.full(len(traits), day),
            "purchase": 1 - no_purchase, "bought": bought[:, horizon].any(axis=1),
            "churn": no_act, "silent": ~acted[:, horizon].any(axis=1),
        })  # fmt: skip
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def shares_after(day: int) -> list[tuple[int, float]]:
    """Return which weeks the horizon after a day touches, each with the share of its acts inside."""
    days = np.arange(day + 1, day + 1 + HORIZON_DAYS)
    weeks = range(day // DAYS_IN_WEEK, int(days[-1]) // DAYS_IN_WEEK + 1)
    return [(week, float(DAY_SHARES[days[days // DAYS_IN_WEEK == week] % DAYS_IN_WEEK].sum())) for week in weeks]


def _no_act(day: int, now: Ints, traits: Traits, means: list[Floats]) -> Floats:
    """Return the probability that nothing happens in the horizon, given the mode now."""
    chain = chains()[traits.segment]
    steps = shares_after(day)
    chance = np.exp(-means[steps[-1][0]] * steps[-1][1])  # from each mode in the last week
    for week, share in reversed(steps[:-1]):
        chance = np.exp(-means[week] * share) * np.einsum("pij,pj->pi", chain, chance)
    return np.asarray(chance[np.arange(len(now)), now])
