"""Where people are met: tills, the service centre, and the CRM that knows most of them."""

from __future__ import annotations

import numpy as np

from crosschannel.synth import slots
from crosschannel.synth.counter_rng import keys_of, poisson, uniforms
from crosschannel.synth.drafts import MILLIS, Batch, Draft, day_start, draws, waking_moment
from crosschannel.synth.lives import Moments
from crosschannel.synth.parameters import DAYS_IN_WEEK

STORE_EVENTS = ("sale", "refund", "points_check")
SALE, REFUND_EVENT, POINTS_CHECK = range(len(STORE_EVENTS))
CALL_EVENTS = ("question", "complaint")
TOPICS = ("delivery", "billing", "returns", "product", "account")
CHAT_BIT = 1  # flags of a ticket: this bit, and the satisfaction (0 unknown, else 1-5) above it
EMAIL_CONSENT_BIT, SMS_CONSENT_BIT = 1, 2  # flags of a CRM row
_CRM_STREAM = 50
_EXPORT_MILLIS = (23 * 3_600 + 30 * 60) * MILLIS


def receipts(batch: Batch, bought: Moments, kind: int) -> Draft:
    """Return sales or refunds: card, often the loyalty card, sometimes an address for the receipt; some pay cash unseen."""
    hour, cash, loyal, mailed, typed, which, items = draws(bought.keys, 7)
    traits, is_seen = batch.traits, cash >= batch.world.level.cash_receipt
    columns = {
        "kind": kind,
        "id_a": slots.where(is_seen, slots.card(traits, bought.row, which)),
        "id_b": slots.where(is_seen & traits.has_loyalty[bought.row] & (loyal < 0.9), slots.own(traits, bought.row, slots.LOYALTY)),
        "id_c": slots.where(is_seen & (mailed < 0.25), slots.email(batch.world, traits, bought.row, typed)),
        "items": poisson(items, np.full(len(bought), 1.5 if kind == SALE else 0.2)) + 1,
    }
    return Draft(bought.row, waking_moment(bought.day, hour), columns)


def points_checks(batch: Batch, scanned: Moments) -> Draft:
    """Return scans of the loyalty card at the store's points terminal."""
    (hour,) = draws(scanned.keys, 1)
    columns = {"kind": POINTS_CHECK, "id_b": slots.own(batch.traits, scanned.row, slots.LOYALTY)}
    return Draft(scanned.row, waking_moment(scanned.day, hour), columns)


def tickets(batch: Batch, asked: Moments, kind: int) -> Draft:
    """Return calls (with a phone number) and chats (with an address); some tickets hold both."""
    hour, chat, both, typed, topic, rated = draws(asked.keys, 6)
    is_chat = chat < 0.4
    has_both = both < 0.35
    happy = np.clip(np.floor(rated * 10) - (4 if kind else 1), 0, 5).astype(np.int64)
    columns = {
        "kind": kind,
        "id_a": slots.where(~is_chat | has_both, slots.phone(batch.traits, asked.row, asked.week)),
        "id_b": slots.where(is_chat | has_both, slots.email(batch.world, batch.traits, asked.row, typed)),
        "content": (topic * len(TOPICS)).astype(np.int64),
        "flags": np.where(is_chat, CHAT_BIT, 0) + happy * 2,
    }
    return Draft(asked.row, waking_moment(asked.day, hour), columns)


def crm_rows(batch: Batch) -> Draft:
    """Return the weekly snapshots: everybody the CRM knows, as of Sunday night (or the last day)."""
    world, traits = batch.world, batch.traits
    known = np.flatnonzero(traits.in_crm)
    row, week = np.repeat(known, world.weeks), np.tile(np.arange(world.weeks), len(known))
    keys = keys_of(world.seed, _CRM_STREAM, traits.person)[row]
    day = np.minimum(week * DAYS_IN_WEEK + DAYS_IN_WEEK - 1, world.days - 1)
    # Placeholders in a CRM are entered once and stay: the draw is the person's, not the week's.
    email = slots.with_placeholders(world, slots.own(traits, row, slots.EMAIL), uniforms(keys, 0))
    phone = slots.with_placeholders(world, slots.phone(traits, row, week), uniforms(keys, 1))
    loyalty = slots.where(traits.has_loyalty[row], slots.own(traits, row, slots.LOYALTY))
    consents = np.where(week < traits.email_until[row], EMAIL_CONSENT_BIT, 0) + np.where(traits.has_sms[row], SMS_CONSENT_BIT, 0)
    columns = {"id_a": email, "id_b": phone, "id_c": slots.with_placeholders(world, loyalty, uniforms(keys, 2)), "flags": consents}
    return Draft(row, day_start(day) + _EXPORT_MILLIS, columns)
