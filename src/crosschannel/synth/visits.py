"""Visits to the web site and the app: sessions, their pages, and orders."""

from __future__ import annotations

import numpy as np

from crosschannel.synth import slots
from crosschannel.synth.behaviour import IN_MARKET, MAIL
from crosschannel.synth.counter_rng import Floats, Ints, child_keys, keys_of, poisson, uniforms
from crosschannel.synth.drafts import MILLIS, Batch, Draft, draws, numbers_from, repeated, waking_moment
from crosschannel.synth.lives import Moments

WEB_EVENTS = ("page_view", "search", "add_to_cart", "banner_click", "order_completed")
APP_EVENTS = ("screen_view", "search", "basket_add", "teaser_tap", "purchase")
CONTENTS = ("home", "category", "product", "pricing", "deals", "help", "search", "checkout")
VIEW, SEARCH, ADD, CLICK, ORDER = range(5)
_PRODUCT, _PRICING, _DEALS, _HELP, _SEARCH, _CHECKOUT = range(2, 8)
UTM_NONE, UTM_MAIL, UTM_ADS, UTM_SOCIAL = range(4)
GPC_BIT = 4  # flags hold a UTM kind in their two lowest bits and this one
_COOKIE_STREAM = 30
_MORE_PAGES = 0.25  # mean number of pages after the first of a session
_PRICING_SHARE = np.array([0.03, 0.45, 0.03, 0.45, 0.02, 0.0])  # of pages, by mode
_ADD_SHARE = np.array([0.10, 0.25, 0.10, 0.30, 0.05, 0.0])  # of product pages, by mode
_CONTENT_SHARES = np.array([0.25, 0.25, 0.30, 0.0, 0.05, 0.05, 0.10, 0.0])
_DEALS_SHARE = np.array([0.30, 0.05, 0.05, 0.10, 0.05, 0.05])  # of pages, by segment
_HELP_SHARE = np.array([0.02, 0.02, 0.02, 0.02, 0.25, 0.02])


def web_visits(batch: Batch, sessions: Moments) -> Draft:
    """Return page events; some visits log in, on cookies that are not always anonymous."""
    where, which, login, typed, utm, hour, length = draws(sessions.keys, 7)
    cookie = slots.cookie(batch.world, batch.traits, sessions.row, where, which)
    is_silent = slots.is_anonymous(batch.world, cookie, _of_cookie(batch, cookie))
    share = np.where(cookie < 0, 0.7, batch.world.level.login_session)  # people log in at kiosks
    email = slots.email(batch.world, batch.traits, sessions.row, typed)
    ids = (cookie, slots.where((login < share) & ~is_silent, email))
    return _pages(batch, sessions, ids, _utm_flags(batch, sessions, utm), waking_moment(sessions.day, hour), length)


def app_visits(batch: Batch, sessions: Moments) -> Draft:
    """Return screen events; the app remembers who logged in."""
    where, which, login, typed, hour, length = draws(sessions.keys, 6)
    device = slots.device(batch.world, batch.traits, sessions.row, where, which)
    is_shared = device % slots.SLOTS == slots.TABLET_DEVICE
    email = slots.email(batch.world, batch.traits, sessions.row, typed)
    ids = (device, slots.where(login < np.where(is_shared, 0.4, 0.8), email))
    return _pages(batch, sessions, ids, np.zeros(len(sessions), dtype=np.int64), waking_moment(sessions.day, hour), length)


def orders(batch: Batch, bought: Moments, *, on_app: bool) -> Draft:
    """Return online orders; a checkout knows the e-mail address."""
    typed, hour, items, utm = draws(bought.keys, 4)
    first = slots.own(batch.traits, bought.row, slots.DEVICE if on_app else slots.COOKIE)
    columns = {
        "kind": ORDER,
        "id_a": first,
        "id_b": slots.email(batch.world, batch.traits, bought.row, typed),
        "content": _CHECKOUT,
        "session": numbers_from(bought.keys),
        "items": poisson(items, np.full(len(bought), 1.0)) + 1,
        "flags": 0 if on_app else _utm_flags(batch, bought, utm),
    }
    return Draft(bought.row, waking_moment(bought.day, hour), columns)


def _pages(batch: Batch, sessions: Moments, ids: tuple[Ints, Ints], flags: Ints, start: Ints, length: Floats) -> Draft:
    times = np.minimum(1 + poisson(length, np.full(len(sessions), _MORE_PAGES)), 6)
    at, place = repeated(sessions.row, times)
    keys = child_keys(sessions.keys[at], 1_000 + place)
    look, act, pace = draws(keys, 3)
    row, mode = sessions.row[at], batch.modes[sessions.row[at], sessions.week[at]]
    content = _contents(batch, row, mode, look)
    columns = {
        "kind": _kinds(content, mode, act),
        "id_a": ids[0][at],
        "id_b": ids[1][at],
        "content": content,
        "session": numbers_from(sessions.keys)[at],
        "flags": flags[at],
    }
    return Draft(row, start[at] + (place * 90 + (pace * 80)).astype(np.int64) * MILLIS, columns)


def _contents(batch: Batch, row: Ints, mode: Ints, look: Floats) -> Ints:
    """Choose a page: pricing as the mode says, deals and help as the segment says, else any."""
    segment = batch.traits.segment[row]
    pricing = _PRICING_SHARE[mode]
    deals = pricing + _DEALS_SHARE[segment]
    helped = deals + _HELP_SHARE[segment]
    rest = np.clip((look - helped) / (1 - helped), 0.0, None)
    steps = np.cumsum(_CONTENT_SHARES)[:-1]
    content = np.searchsorted(steps, rest, side="right")
    return np.select([look < pricing, look < deals, look < helped], [_PRICING, _DEALS, _HELP], content)


def _kinds(content: Ints, mode: Ints, act: Floats) -> Ints:
    adds = (content == _PRODUCT) & (act < _ADD_SHARE[mode])
    clicks = (content != _SEARCH) & (act > 0.94)
    return np.select([adds, content == _SEARCH, clicks], [ADD, SEARCH, CLICK], VIEW)


def _utm_flags(batch: Batch, visits: Moments, u: Floats) -> Ints:
    reads_mail = np.isin(batch.modes[visits.row, visits.week], (MAIL, IN_MARKET))
    by_mail = np.where(reads_mail, 0.3, 0.05)
    kind = np.select([u < by_mail, u > 0.9, u > 0.85], [UTM_MAIL, UTM_ADS, UTM_SOCIAL], UTM_NONE)
    return kind + np.where(batch.traits.has_gpc[visits.row], GPC_BIT, 0)


def _of_cookie(batch: Batch, cookie: Ints) -> Floats:
    return uniforms(keys_of(batch.world.seed, _COOKIE_STREAM, np.maximum(cookie, 0)))
