"""The public CDNOW sample, known to 30 September 1997, with the 273 days after it (tests/fixtures/cdnow)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crosschannel.models.order_model import Histories
from crosschannel.models.spend_model import Spenders

FILE = Path(__file__).parents[1] / "fixtures" / "cdnow" / "customers.csv"
HELD_OUT = 273
DAYS_A_WEEK = 7


def customers() -> np.ndarray:
    """Rows of repeat orders, days to the last, age, cents, late orders, late cents, published mean in cents."""
    return np.loadtxt(FILE, delimiter=",", skiprows=1)


def histories(unit: float = 1.0) -> Histories:
    """Return every customer as a group of one; times in ``unit`` days."""
    x, t_x, age, *_ = customers().T
    return Histories(x, t_x / unit, age / unit, np.ones_like(x))


def published_histories() -> Histories:
    """Return them as published: in weeks of two decimals."""
    days = histories()
    return Histories(days.x, _rounded(days.t_x / DAYS_A_WEEK), _rounded(days.age / DAYS_A_WEEK), days.n)


def published_spenders() -> Spenders:
    """Return the customers who came back, with the mean value of their orders as published: in whole cents."""
    x, *_, mean = customers()[customers()[:, 0] > 0].T
    return Spenders(x, mean / 100, np.ones_like(x))


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.floor(values * 100 + 0.5) / 100
