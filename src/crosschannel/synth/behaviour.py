"""How segments behave in each mode: weekly Poisson means and the chain that moves people between modes.

A person is in one mode per week. Browsing raises visits and pricing views, mail raises opens of
promotions; only *in market* does both, and only then is buying likely. Fading lowers everything
and brings complaints; gone is silence, from which a few return.
"""

from __future__ import annotations

import numpy as np

from crosschannel.synth.counter_rng import Floats
from crosschannel.synth.parameters import Difficulty

SEGMENTS = ("web_bargain_hunters", "app_natives", "store_loyalists", "mail_readers", "service_seekers", "ad_driven")
SEGMENT_SHARES = np.array([0.22, 0.20, 0.18, 0.16, 0.12, 0.12])
MODES = ("normal", "browsing", "mail", "in_market", "fading", "gone")
NORMAL, BROWSING, MAIL, IN_MARKET, FADING, GONE = range(6)

# Acts of a person, each an independent Poisson process given segment, mode and traits.
ACTS = (
    "web_session", "app_session", "promo_open", "news_open", "sms_click", "ad_click",
    "store_scan", "question", "complaint", "refund", "purchase",
)  # fmt: skip
(WEB, APP, PROMO, NEWS, SMS_CLICK, AD_CLICK, SCAN, QUESTION, COMPLAINT, REFUND, PURCHASE) = range(len(ACTS))
AD_IMPRESSION = len(ACTS)  # done to the person, not by the person; it follows the acts in every table
KINDS = len(ACTS) + 1
# What ends a silence: asking is acting, while complaints and refunds look back at earlier acts.
OWN_ACTS = (WEB, APP, PROMO, NEWS, SMS_CLICK, AD_CLICK, SCAN, QUESTION, PURCHASE)

# Weekly means in mode normal, one row per segment, columns as in ACTS and then ad impressions.
_NORMAL_MEANS = np.array([
    #  web   app   promo news  smsck adck  scan  ques  compl refund purch adimp
    [4.00, 0.10, 0.12, 0.35, 0.02, 0.06, 0.05, 0.02, 0.005, 0.020, 0.020, 0.15],
    [0.25, 4.00, 0.12, 0.30, 0.02, 0.05, 0.05, 0.02, 0.005, 0.010, 0.020, 0.12],
    [0.25, 0.15, 0.10, 0.35, 0.02, 0.03, 3.30, 0.02, 0.005, 0.020, 0.030, 0.10],
    [0.30, 0.15, 0.15, 3.40, 0.02, 0.04, 0.08, 0.02, 0.005, 0.010, 0.020, 0.12],
    [0.40, 0.25, 0.12, 0.40, 0.02, 0.05, 0.08, 2.40, 0.060, 0.040, 0.020, 0.12],
    [0.30, 0.20, 0.10, 0.25, 0.90, 2.70, 0.05, 0.02, 0.005, 0.010, 0.015, 0.60],
])  # fmt: skip
_MODE_FACTOR = np.array([1.0, 1.0, 1.0, 1.0, 0.4, 0.0])
_EXTRA_VISITS = 2.4  # sessions a week that browsing and in-market people add to those of their segment
_EXTRA_PROMO_OPENS = 2.3  # the same for opens of promotions in modes mail and in market
_FADING_COMPLAINTS = 0.8
_MODE_PURCHASES = np.array([1.0, 1.3, 1.3, 0.0, 0.3, 0.0])  # factors on the segment's normal mean
_IN_MARKET_PURCHASES = np.array([0.75, 0.70, 0.62, 0.62, 0.52, 0.52])  # reached by promotions
_UNREACHED_SHARE = 0.15  # what is left of them without promotions: the true effect of campaigns
_APP_SHARE = np.array([0.05, 0.95, 0.4, 0.25, 0.4, 0.3])  # where extra visits go, for people with the app

_CHAIN = np.array([
    [0.842, 0.046, 0.046, 0.024, 0.027, 0.015],
    [0.090, 0.845, 0.000, 0.030, 0.020, 0.015],
    [0.090, 0.000, 0.845, 0.030, 0.020, 0.015],
    [0.060, 0.005, 0.005, 0.900, 0.015, 0.015],
    [0.090, 0.000, 0.000, 0.000, 0.730, 0.180],
    [0.130, 0.000, 0.000, 0.000, 0.010, 0.860],
])  # fmt: skip
_FADING_FACTOR = np.array([1.0, 0.8, 0.7, 0.8, 1.4, 1.8])
_MARKET_FACTOR = np.array([1.2, 1.1, 0.9, 1.0, 0.8, 0.7])

# From the drift week on: visits move from web to app, mail loses readers, fewer buy.
_DRIFT_KINDS = {WEB: 0.55, APP: 1.5, PROMO: 0.7, PURCHASE: 0.65, AD_IMPRESSION: 1.5}


def chains() -> Floats:
    """Return the weekly transition matrix of each segment: segment, mode now, mode next week."""
    matrix = np.repeat(_CHAIN[None], len(SEGMENTS), axis=0)
    alive = slice(NORMAL, IN_MARKET + 1)
    matrix[:, alive, FADING:] *= _FADING_FACTOR[:, None, None]
    matrix[:, NORMAL : MAIL + 1, IN_MARKET] *= _MARKET_FACTOR[:, None]
    for mode in range(len(MODES)):  # the rest stays
        matrix[:, mode, mode] += 1.0 - matrix[:, mode].sum(axis=1)
    return matrix


def first_modes() -> Floats:
    """Return each segment's distribution over modes in week 0: the chain's after two years, with few gone."""
    start = np.full((len(SEGMENTS), 1, len(MODES)), 1.0 / len(MODES))
    share = (start @ np.linalg.matrix_power(chains(), 104))[:, 0]
    share[:, GONE] *= 0.3  # a business logs people since they came; not all who ever left
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def weekly_means(level: Difficulty) -> Floats:
    """Return means by drift (0 before, 1 from the drift week), reach, segment, mode and kind.

    ``reach`` is 1 for people whom promotions reach. People without the app are not special here:
    their app visits are moved to the web by the caller.
    """
    means = np.zeros((2, 2, len(SEGMENTS), len(MODES), KINDS))
    means[...] = _NORMAL_MEANS[:, None, :] * _MODE_FACTOR[:, None]
    for mode in (BROWSING, IN_MARKET):
        means[..., mode, WEB] += level.signal * _EXTRA_VISITS * (1 - _APP_SHARE)
        means[..., mode, APP] += level.signal * _EXTRA_VISITS * _APP_SHARE
    means[..., (MAIL, IN_MARKET), PROMO] += level.signal * _EXTRA_PROMO_OPENS
    means[..., FADING, COMPLAINT] = _FADING_COMPLAINTS
    means[..., PURCHASE] = _NORMAL_MEANS[:, PURCHASE, None] * _MODE_PURCHASES
    means[:, 1, :, IN_MARKET, PURCHASE] = _IN_MARKET_PURCHASES
    means[:, 0, :, IN_MARKET, PURCHASE] = _IN_MARKET_PURCHASES * _UNREACHED_SHARE
    means[:, 0, ..., PROMO] = 0.0
    means[..., GONE, AD_IMPRESSION] = _NORMAL_MEANS[:, AD_IMPRESSION]
    for kind, factor in _DRIFT_KINDS.items():
        means[1, ..., kind] *= factor
    return means
