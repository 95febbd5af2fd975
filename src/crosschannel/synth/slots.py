"""Identifiers as numbers: whose they are, which of their namespace, and who else may carry them.

A number is ``owner * 32 + slot``. Slots are unique over all namespaces, so a number names one
identifier. Negative numbers are nobody's: placeholders, kiosks.
"""

from __future__ import annotations

import numpy as np

from crosschannel.synth.counter_rng import Bools, Floats, Ints, choices
from crosschannel.synth.parameters import World
from crosschannel.synth.people import Traits
from crosschannel.synth.shapes import NOBODY

SLOTS = 32
EMAIL, SECOND_EMAIL, MISTYPED_EMAIL, PHONE, NEW_PHONE, CARD, SECOND_CARD, LOYALTY, CRM, COOKIE, DEVICE = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12
PERSONAL_SLOTS = 14  # cookies take 9-11, devices 12-13
TABLET_COOKIE, TABLET_DEVICE = 30, 31  # owned by a household: the owner is its first person
PLACEHOLDERS = 4  # numbers -2 to -5, of every namespace
UNLISTED_PLACEHOLDER = -6  # a till's own address, which no blocklist names
FIRST_KIOSK = -10  # and below
PEOPLE_PER_KIOSK = 2_000
_OTHER_BIT = 128  # whose address a mistyped one may hit

COOKIE_SHARES = np.array([0.65, 0.22, 0.13])


def own(traits: Traits, row: Ints, slot: Ints | int) -> Ints:
    """Return the number of each act's person's identifier in a slot."""
    return traits.person[row] * SLOTS + slot


def cookie(world: World, traits: Traits, row: Ints, where: Floats, which: Floats) -> Ints:
    """Choose the browser of a visit: a kiosk, the household's tablet, or one of the own."""
    slot = COOKIE + np.minimum(choices(which, COOKIE_SHARES), traits.cookies[row] - 1)
    number = own(traits, row, slot)
    on_tablet = traits.has_tablet[row] & (where > 1 - world.level.tablet_session)
    number = np.where(on_tablet, traits.household[row] * SLOTS + TABLET_COOKIE, number)
    at_kiosk = traits.uses_kiosk[row] & (where < 0.2)
    return np.where(at_kiosk, FIRST_KIOSK - traits.person[row] // PEOPLE_PER_KIOSK, number)


def device(world: World, traits: Traits, row: Ints, where: Floats, which: Floats) -> Ints:
    """Choose the phone or tablet of a visit to the app."""
    slot = DEVICE + ((traits.devices[row] > 1) & (which < 0.3))
    on_tablet = traits.has_tablet[row] & (where > 1 - world.level.tablet_session)
    return np.where(on_tablet, traits.household[row] * SLOTS + TABLET_DEVICE, own(traits, row, slot))


def is_anonymous(world: World, cookie_number: Ints, chance: Floats) -> Bools:
    """Say which cookies never see a login; ``chance`` must be a draw of the cookie, not of the visit."""
    is_side = (cookie_number >= 0) & (cookie_number % SLOTS != COOKIE) & (cookie_number % SLOTS != TABLET_COOKIE)
    return np.asarray((chance < world.level.anonymous_cookie) & (is_side | (chance < world.level.anonymous_cookie / 4)))


def email(world: World, traits: Traits, row: Ints, u: Floats) -> Ints:
    """Choose the address a person gives: mostly the first, sometimes the second or a mistyped one."""
    level = world.level
    number = own(traits, row, np.where(traits.has_second_email[row] & (u < 0.25), SECOND_EMAIL, EMAIL))
    is_typo = u > 1 - level.email_typo
    hits_other = is_typo & (u > 1 - level.email_typo * level.typo_hits_other)
    other = np.minimum(traits.person[row] ^ _OTHER_BIT, world.people - 1)
    number = np.where(is_typo, own(traits, row, MISTYPED_EMAIL), number)
    return np.where(hits_other, other * SLOTS + EMAIL, number)


def phone(traits: Traits, row: Ints, week: Ints) -> Ints:
    """Return the number a person has in a week; it may once have been somebody else's."""
    slot = np.where(week >= traits.phone_until[row], NEW_PHONE, PHONE)
    from_partner = week >= traits.phone_from_partner[row]
    return np.where(from_partner, traits.partner[row] * SLOTS + PHONE, own(traits, row, slot))


def card(traits: Traits, row: Ints, u: Floats) -> Ints:
    """Choose one of a person's payment cards."""
    return own(traits, row, np.where(traits.has_second_card[row] & (u < 0.3), SECOND_CARD, CARD))


def where(present: Bools, number: Ints) -> Ints:
    """Leave the identifier out where it is not given."""
    return np.where(present, number, NOBODY)


def with_placeholders(world: World, number: Ints, u: Floats, *, unlisted: bool = False) -> Ints:
    """Replace a few given identifiers by values that name nobody."""
    share = world.level.placeholder
    fake = -2 - np.floor(u / share * PLACEHOLDERS).astype(np.int64)
    number = np.where((number != NOBODY) & (u < share), fake, number)
    if unlisted:
        number = np.where((number >= 0) & (u > 1 - world.level.unlisted_placeholder), UNLISTED_PLACEHOLDER, number)
    return number
