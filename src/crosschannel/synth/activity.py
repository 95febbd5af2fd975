"""All native events of a batch of people, with the planted mess: the numbers behind eight sources."""

from __future__ import annotations

import numpy as np

from crosschannel.synth import behaviour, meetings, messages, slots, visits
from crosschannel.synth.counter_rng import Ints, Keys, choices, keys_of, uniforms
from crosschannel.synth.drafts import Batch, Draft, week_of
from crosschannel.synth.evidence import carried_of
from crosschannel.synth.lives import Moments, modes_of, moments_of
from crosschannel.synth.parameters import SOURCES, World
from crosschannel.synth.people import Traits, traits_of
from crosschannel.synth.shapes import NOBODY, Activity

CLEAN, SKEWED, CORRUPT, UNMAPPED = range(4)
SAME_DELIVERY, NEXT_DELIVERY = 1, 2  # where the second copy of a duplicate lies
_WEB, _APP, _EMAIL, _SMS, _ADS, _STORE, _CALL, _CRM = range(len(SOURCES))
_MESS_STREAM = 60  # plus the source
_STORE_SHARE = np.array([0.20, 0.10, 0.80, 0.30, 0.40, 0.30])  # of purchases, by segment
_APP_SHARE = np.array([0.05, 0.90, 0.30, 0.20, 0.30, 0.20])  # of online ones, for people with the app

Columns = dict[str, Ints]


def activity_of(world: World, person: Ints) -> tuple[Columns, Columns]:
    """Return the events of these people and the identifiers on readable ones.

    Returns
    -------
    tuple
        Columns of :class:`Activity`, and of :class:`Carried`.
    """
    traits = traits_of(world, person)
    batch = Batch(world, traits, modes_of(world, traits))
    parts = [_rows(world, traits, source, drafts) for source, drafts in enumerate(_drafts(batch))]
    columns = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    row = columns.pop("row")
    crm = np.where(columns[Activity.source] == _CRM, slots.own(traits, row, slots.CRM), NOBODY)
    readable = columns[Activity.mess] == CLEAN
    ids = (columns[Activity.id_a], columns[Activity.id_b], columns[Activity.id_c], crm)
    return columns, carried_of(traits, row[readable], columns[Activity.source][readable], tuple(i[readable] for i in ids))


def _drafts(batch: Batch) -> list[list[Draft]]:
    """Build the events of each source, in the order of SOURCES."""
    acts = {kind: m.only(m.day < batch.world.days) for kind, m in moments_of(batch.world, batch.traits, batch.modes, batch.world.weeks)}
    in_store, on_web, on_app = _by_place(batch, acts[behaviour.PURCHASE])
    promo, news = messages.PROMO_TEMPLATE, messages.NEWS_TEMPLATE
    email = [messages.mail_sends(batch, promo), messages.mail_sends(batch, news)]
    email += messages.mail_reads(batch, acts[behaviour.PROMO], promo) + messages.mail_reads(batch, acts[behaviour.NEWS], news)
    ads = [messages.ad_spend(batch)]
    ads += messages.ad_contacts(batch, acts[behaviour.AD_IMPRESSION], clicked=False)
    ads += messages.ad_contacts(batch, acts[behaviour.AD_CLICK], clicked=True)
    return [
        [visits.web_visits(batch, acts[behaviour.WEB]), visits.orders(batch, on_web, on_app=False)],
        [visits.app_visits(batch, acts[behaviour.APP]), visits.orders(batch, on_app, on_app=True)],
        email,
        [messages.sms_sends(batch), messages.sms_clicks(batch, acts[behaviour.SMS_CLICK])],
        ads,
        [
            meetings.receipts(batch, in_store, meetings.SALE),
            meetings.receipts(batch, acts[behaviour.REFUND], meetings.REFUND_EVENT),
            meetings.points_checks(batch, acts[behaviour.SCAN]),
        ],
        [meetings.tickets(batch, acts[behaviour.QUESTION], 0), meetings.tickets(batch, acts[behaviour.COMPLAINT], 1)],
        [meetings.crm_rows(batch)],
    ]


def _by_place(batch: Batch, bought: Moments) -> tuple[Moments, Moments, Moments]:
    """Split purchases into store, web and app."""
    segment = batch.traits.segment[bought.row]
    in_store = uniforms(bought.keys, 20) < _STORE_SHARE[segment]
    on_app = ~in_store & batch.traits.has_app[bought.row] & (uniforms(bought.keys, 21) < _APP_SHARE[segment])
    return bought.only(in_store), bought.only(~in_store & ~on_app), bought.only(on_app)


def _rows(world: World, traits: Traits, source: int, drafts: list[Draft]) -> Columns:
    """Join the drafts of a source, number each person's events, and plant the mess."""
    row, moment = np.concatenate([d.row for d in drafts]), np.concatenate([d.moment for d in drafts])
    order = np.lexsort((moment, row))  # by time, so that what happens later cannot renumber what went before
    row, moment = row[order], moment[order]
    named = ("kind", "id_a", "id_b", "id_c", "content", "campaign", "session", "items", "flags")
    columns = {name: np.concatenate([d.column(name) for d in drafts])[order] for name in named}
    first = np.searchsorted(row, np.arange(len(traits)))
    ordinal = np.arange(len(row)) - first[row]
    keys = keys_of(world.seed, _MESS_STREAM + source, traits.person)[row]
    is_spend = (source == _ADS) & (columns["kind"] == messages.SPEND)
    person = np.where(is_spend, NOBODY, traits.person[row])
    numbered = {"source": np.full(len(row), source), "person": person, "ordinal": ordinal, "moment": moment, "row": row}
    return numbered | _with_fakes(world, source, columns, keys, ordinal) | _mess(world, source, moment, keys, ordinal)


def _with_fakes(world: World, source: int, columns: Columns, keys: Keys, ordinal: Ints) -> Columns:
    """Put placeholders where forms were filled carelessly; mail and text go to real addresses only."""
    places = {_WEB: ("id_a", "id_b"), _APP: ("id_a", "id_b"), _ADS: ("id_a",), _STORE: ("id_a", "id_b", "id_c"), _CALL: ("id_a", "id_b")}
    for place in places.get(source, ()):
        u = uniforms(keys, ordinal * 16 + ord(place[-1]) - ord("a"))
        columns[place] = slots.with_placeholders(world, columns[place], u, unlisted=source == _STORE and place == "id_c")
    return columns


def _mess(world: World, source: int, moment: Ints, keys: Keys, ordinal: Ints) -> Columns:
    """Choose which records are skewed, corrupt, unmapped, late or sent twice; at most one ill each."""
    level = world.level
    skewed = 0.0 if source == _CRM else level.skewed
    unmapped = 0.0 if source == _CRM else level.unmapped
    shares = np.array([1 - skewed - level.corrupt - unmapped, skewed, level.corrupt, unmapped])
    mess = choices(uniforms(keys, ordinal * 16 + 10), shares)
    is_copied = (mess == CLEAN) & (uniforms(keys, ordinal * 16 + 11) < level.duplicate)
    copies = np.where(is_copied, np.where(uniforms(keys, ordinal * 16 + 12) < 0.5, SAME_DELIVERY, NEXT_DELIVERY), 0)
    is_late = uniforms(keys, ordinal * 16 + 13) < level.late
    wanted = 1 + np.floor(uniforms(keys, ordinal * 16 + 14) * 3).astype(np.int64)
    late = np.where(is_late, np.minimum(wanted, world.weeks - 1 - week_of(moment)), 0)  # the last delivery takes all that is left
    return {"mess": mess, "weeks_late": late, "copies": copies}
