"""What the business sends and shows, and what people do with it: e-mail, SMS, ads."""

from __future__ import annotations

import numpy as np

from crosschannel.synth import slots
from crosschannel.synth.behaviour import FADING
from crosschannel.synth.counter_rng import Bools, Ints, keys_of, uniforms
from crosschannel.synth.drafts import MILLIS, Batch, Draft, day_start, draws, latest_week, sending_weeks, waking_moment
from crosschannel.synth.lives import Moments
from crosschannel.synth.parameters import DAYS_IN_WEEK
from crosschannel.synth.shapes import NOBODY

EMAIL_EVENTS = ("delivered", "open", "click", "bounce", "unsubscribe", "spamreport")
DELIVERED, OPEN, MAIL_CLICK, BOUNCE, UNSUBSCRIBE, SPAM = range(len(EMAIL_EVENTS))
TEMPLATES = ("promo", "news")
PROMO_TEMPLATE, NEWS_TEMPLATE = range(len(TEMPLATES))
SMS_EVENTS = ("delivered", "clicked", "failed")
ADS_EVENTS = ("impression", "click", "spend")
IMPRESSION, AD_CLICK_EVENT, SPEND = range(len(ADS_EVENTS))
AD_CAMPAIGNS = 4
# weekday (0 is Monday), weeks between, first week
PROMO_PLAN, NEWS_PLAN, SMS_PLAN = (1, 1, 0), (3, 2, 0), (4, 2, 1)
_PROMO_STREAM, _NEWS_STREAM, _SMS_STREAM = 40, 41, 42
_SEND_HOUR = 9 * 3_600 * MILLIS
_BOUNCE_SHARE = 0.005


def mail_sends(batch: Batch, template: int) -> Draft:
    """Return deliveries and bounces: promotions each week, news every second, to people who agreed."""
    plan, stream = (PROMO_PLAN, _PROMO_STREAM) if template == PROMO_TEMPLATE else (NEWS_PLAN, _NEWS_STREAM)
    weeks = sending_weeks(batch.world, *plan)
    agreed = weeks[None, :] < batch.traits.email_until[:, None]
    if template == PROMO_TEMPLATE:
        agreed &= ~batch.traits.is_holdout[:, None]
    draft, fate = _sent(batch, agreed, weeks, plan[0], stream)
    kind = np.where(fate < _BOUNCE_SHARE, BOUNCE, DELIVERED)
    address = slots.own(batch.traits, draft.row, slots.EMAIL)
    return Draft(draft.row, draft.moment, draft.columns | {"kind": kind, "id_a": address, "content": template})


def mail_reads(batch: Batch, opened: Moments, template: int) -> list[Draft]:
    """Return opens with the clicks, withdrawals and spam reports that follow some of them."""
    hour, click, spam = draws(opened.keys, 3)
    moment = waking_moment(opened.day, hour)
    plan = PROMO_PLAN if template == PROMO_TEMPLATE else NEWS_PLAN
    campaign = latest_week(opened.day, *plan)
    is_last_week = (opened.week == batch.traits.email_until[opened.row] - 1) & (opened.ordinal == 0)
    reports = (batch.modes[opened.row, opened.week] == FADING) & (spam < 0.2)
    drafts = []
    follows = ((OPEN, np.ones(len(opened), dtype=bool), 0), (MAIL_CLICK, click < 0.15, 40), (SPAM, reports, 70), (UNSUBSCRIBE, is_last_week, 90))
    for kind, keep, seconds in follows:
        address = slots.own(batch.traits, opened.row[keep], slots.EMAIL)
        columns = {"kind": kind, "id_a": address, "content": template, "campaign": campaign[keep]}
        drafts.append(Draft(opened.row[keep], moment[keep] + seconds * MILLIS, columns))
    return drafts


def sms_sends(batch: Batch) -> Draft:
    """Return gateway callbacks of text messages, every second week, to people who agreed."""
    traits, weeks = batch.traits, sending_weeks(batch.world, *SMS_PLAN)
    agreed = (traits.has_sms & ~traits.is_holdout)[:, None] & np.ones(len(weeks), dtype=bool)
    draft, fate = _sent(batch, agreed, weeks, SMS_PLAN[0], _SMS_STREAM)
    number = slots.phone(traits, draft.row, draft.column("campaign"))
    return Draft(draft.row, draft.moment, draft.columns | {"kind": np.where(fate < 0.02, 2, 0), "id_a": number})


def sms_clicks(batch: Batch, clicked: Moments) -> Draft:
    """Return clicks on links in text messages."""
    (hour,) = draws(clicked.keys, 1)
    columns = {"kind": 1, "id_a": slots.phone(batch.traits, clicked.row, clicked.week), "campaign": latest_week(clicked.day, *SMS_PLAN)}
    return Draft(clicked.row, waking_moment(clicked.day, hour), columns)


def ad_contacts(batch: Batch, seen: Moments, *, clicked: bool) -> list[Draft]:
    """Return impressions; a click has one half a minute before it."""
    hour, which, campaign = draws(seen.keys, 3)
    cookie = slots.cookie(batch.world, batch.traits, seen.row, np.full(len(seen), 0.5), which)
    columns = {"id_a": cookie, "campaign": (campaign * AD_CAMPAIGNS).astype(np.int64)}
    moment = waking_moment(seen.day, hour)
    shown = Draft(seen.row, moment, columns | {"kind": IMPRESSION})
    return [shown, Draft(seen.row, moment + 30 * MILLIS, columns | {"kind": AD_CLICK_EVENT})] if clicked else [shown]


def ad_spend(batch: Batch) -> Draft:
    """Return the daily cost of each campaign; it is nobody's, and travels with the first person."""
    if 0 not in batch.traits.person:
        return Draft(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    day = np.repeat(np.arange(batch.world.days), AD_CAMPAIGNS)
    row = np.full(len(day), int(np.flatnonzero(batch.traits.person == 0)[0]))
    return Draft(row, day_start(day), {"kind": SPEND, "campaign": np.tile(np.arange(AD_CAMPAIGNS), batch.world.days), "id_a": NOBODY})


def _sent(batch: Batch, agreed: Bools, weeks: Ints, send_day: int, stream: int) -> tuple[Draft, np.ndarray]:
    row, at = np.nonzero(agreed)
    keys = keys_of(batch.world.seed, stream, batch.traits.person)[row]
    delay = uniforms(keys, weeks[at] * 2) * 1_800 * MILLIS
    moment = day_start(weeks[at] * DAYS_IN_WEEK + send_day) + _SEND_HOUR + delay.astype(np.int64)
    return Draft(row, moment, {"campaign": weeks[at]}), uniforms(keys, weeks[at] * 2 + 1)
