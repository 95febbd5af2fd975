"""Who the people are: traits that hold for all time, one array entry per person.

Everything is a closed formula of the person's number, so that any batch can know any other person
(household members, the former owner of a phone number) without meeting them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crosschannel.synth.behaviour import SEGMENT_SHARES
from crosschannel.synth.counter_rng import Bools, Floats, Ints, choices, keys_of, uniforms
from crosschannel.synth.parameters import World

NEVER = 100_000  # a week no simulation reaches
_STREAM = 1
_HOUSE_STREAM = 2
_PAIR_STREAM = 3
_PAIR_BIT = 64  # partner in a recycled phone number; far enough to be another household
_BLOCK = 8  # people per block; a block is cut into households by one of these patterns
_HOUSEHOLDS = np.array([
    [0, 1, 2, 2, 4, 4, 4, 4],
    [0, 0, 2, 2, 4, 4, 4, 7],
    [0, 1, 1, 1, 4, 4, 4, 4],
    [0, 0, 2, 2, 4, 4, 6, 6],
    [0, 1, 2, 3, 3, 5, 5, 5],
    [0, 1, 2, 3, 4, 5, 6, 6],
])  # fmt: skip
APP_NATIVES, STORE_LOYALISTS, MAIL_READERS, AD_DRIVEN = 1, 2, 3, 5


@dataclass(frozen=True)
class Traits:
    """Parallel arrays, one entry per person of the batch."""

    person: Ints
    household: Ints  # number of its first person
    segment: Ints
    activity: Floats  # factor on every behaviour, lognormal with mean 1
    is_holdout: Bools  # the randomised tenth that gets no campaign
    in_crm: Bools
    has_loyalty: Bools
    has_app: Bools
    cookies: Ints  # own cookies, 1-3
    devices: Ints  # own app devices, 0-2
    has_second_card: Bools
    has_second_email: Bools
    has_tablet: Bools  # the household shares one
    uses_kiosk: Bools
    has_gpc: Bools  # browser sends Global Privacy Control
    email_until: Ints  # week in which mail consent ends; 0 if never given
    has_sms: Bools
    phone_until: Ints  # week from which the second number is used
    phone_from_partner: Ints  # week from which the partner's old number is used
    phone_passed_on: Bools  # the first number later becomes the partner's

    def __len__(self) -> int:
        """People in the batch."""
        return len(self.person)

    @property
    def partner(self) -> Ints:
        """The person from whom a recycled phone number may come."""
        return self.person ^ _PAIR_BIT


def traits_of(world: World, person: Ints) -> Traits:
    """Return the traits of the people with these numbers."""
    level, keys = world.level, keys_of(world.seed, _STREAM, person)

    def draw(index: int) -> Floats:
        return uniforms(keys, index)

    household = _households(world, person)
    segment = choices(draw(0), SEGMENT_SHARES)
    has_app = (segment == APP_NATIVES) | (draw(1) < 0.15)
    phone_until, phone_from_partner, phone_passed_on = _phone_weeks(world, person, draw(2), draw(3))
    return Traits(
        person=person,
        household=household,
        segment=segment,
        activity=np.clip(np.exp(level.activity_sigma * _normal(draw(4), draw(5)) - level.activity_sigma**2 / 2), 0.3, 3.0),
        is_holdout=draw(6) < 0.1,
        in_crm=draw(7) < level.in_crm,
        has_loyalty=(segment == STORE_LOYALISTS) | (draw(8) < level.has_loyalty),
        has_app=has_app,
        cookies=choices(draw(9), np.array([0.5, 0.35, 0.15])) + 1,
        devices=np.where(has_app, 1 + (draw(10) < 0.2), 0),
        has_second_card=draw(11) < 0.3,
        has_second_email=draw(12) < level.second_email,
        has_tablet=_is_shared_home(world, household),
        uses_kiosk=draw(13) < level.kiosk_person,
        has_gpc=draw(14) < 0.1,
        email_until=_email_until(segment, draw(15), draw(16)),
        has_sms=draw(17) < np.where(segment == AD_DRIVEN, 0.97, 0.3),
        phone_until=phone_until,
        phone_from_partner=phone_from_partner,
        phone_passed_on=phone_passed_on,
    )


def _households(world: World, person: Ints) -> Ints:
    block = person // _BLOCK
    pattern = (uniforms(keys_of(world.seed, _HOUSE_STREAM, block)) * len(_HOUSEHOLDS)).astype(np.int64)
    return np.asarray(block * _BLOCK + _HOUSEHOLDS[pattern, person % _BLOCK])


def _is_shared_home(world: World, household: Ints) -> Bools:
    return uniforms(keys_of(world.seed, _HOUSE_STREAM, household), 1) < world.level.tablet_household


def _email_until(segment: Ints, given: Floats, ended: Floats) -> Ints:
    """Most agree to mail; of those, 0.4 % a week withdraw for good."""
    opted_in = (given < 0.94) | (segment == MAIL_READERS)
    weeks = np.minimum(np.log1p(-ended) / np.log1p(-0.004), NEVER).astype(np.int64) + 1
    return np.where(opted_in, weeks, 0)


def _phone_weeks(world: World, person: Ints, changes: Floats, when: Floats) -> tuple[Ints, Ints, Bools]:
    """Return when people take a new number, when they get a recycled one, and whose is passed on.

    In a recycling pair the first gives its number up in the first half of the logs, and the second
    holds it from two weeks later on.
    """
    first = person & ~np.int64(_PAIR_BIT)
    pair = keys_of(world.seed, _PAIR_STREAM, first)
    recycled = (uniforms(pair) < 2 * world.level.phone_recycled) & (first + _PAIR_BIT < world.people)
    released = 1 + (uniforms(pair, 1) * world.weeks / 2).astype(np.int64)
    is_first = person == first
    own = np.where(changes < world.level.phone_change, 1 + (when * world.weeks).astype(np.int64), NEVER)
    phone_until = np.where(recycled, np.where(is_first, released, NEVER), own)
    return phone_until, np.where(recycled & ~is_first, released + 2, NEVER), recycled & is_first


def _normal(u: Floats, v: Floats) -> Floats:
    """Box and Muller's two uniforms to one standard normal."""
    return np.asarray(np.sqrt(-2.0 * np.log1p(-u)) * np.cos(2.0 * np.pi * v))
