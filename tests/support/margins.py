"""Counts of margins and outcomes, as a judge of scores gets them."""

from __future__ import annotations

import numpy as np

from crosschannel.models.histogram import Histogram


def counted(margins: np.ndarray, outcomes: np.ndarray) -> Histogram:
    """Return the histogram of rows with these margins and outcomes."""
    distinct, place = np.unique(margins, return_inverse=True)
    positives, rows = (np.bincount(place, w, len(distinct)).astype(float) for w in (outcomes, np.ones(len(place))))
    return Histogram(distinct, positives, rows - positives)
