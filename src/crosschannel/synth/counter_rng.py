"""Random numbers that depend on *what* is drawn, never on when or where.

Every draw is a hash (SplitMix64) of seed, person, stream and position, so a person's life is the
same whatever batch, partition or machine simulates it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_PERSON = np.uint64(0xD1B54A32D192ED03)
_STREAM = np.uint64(0x8CB92BA72F3D8DD7)
_UNIT = 2.0**-53
_MAX_COUNT = 400  # a Poisson mean here stays below 40; the cap only bounds the loop


def keys_of(seed: int, stream: int, person: Ints) -> Keys:
    """Return one key per person for a named stream of draws."""
    start = _mixed(np.array([(seed * 2 + 1) & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64) * _GOLDEN)
    with np.errstate(over="ignore"):
        stream_key = _mixed(start + np.uint64(stream + 1) * _STREAM)
        return _mixed(stream_key ^ _mixed((person.astype(np.uint64) + np.uint64(1)) * _PERSON))


def child_keys(keys: Keys, index: Any) -> Keys:
    """Return the key at a position of each stream."""
    with np.errstate(over="ignore"):
        return _mixed(keys + (np.asarray(index).astype(np.uint64) + np.uint64(1)) * _GOLDEN)


def uniforms(keys: Keys, index: Any = 0) -> Floats:
    """Return numbers in [0, 1), one per key, at a position of its stream."""
    return (child_keys(keys, index) >> np.uint64(11)).astype(np.float64) * _UNIT


def choices(u: Floats, weights: Floats) -> Ints:
    """Turn uniforms into positions in ``weights`` (summing to 1), as often as each weight says."""
    steps = np.cumsum(weights)[:-1]
    return np.searchsorted(steps, u, side="right").astype(np.int64)


def poisson(u: Floats, mean: Floats) -> Ints:
    """Turn uniforms into Poisson counts by inversion; fine for the small means used here."""
    u, mean = u.ravel(), mean.ravel()
    count = np.zeros(u.shape, dtype=np.int64)
    term = np.exp(-mean)
    reached = term.copy()
    open_rows = np.flatnonzero(u >= reached)
    for k in range(1, _MAX_COUNT):
        if open_rows.size == 0:
            break
        count[open_rows] = k
        term[open_rows] *= mean[open_rows] / k
        reached[open_rows] += term[open_rows]
        still = (u[open_rows] >= reached[open_rows]) & (term[open_rows] > 1e-300)
        open_rows = open_rows[still]
    return count


def _mixed(x: Keys) -> Keys:
    """SplitMix64's finaliser: every input bit reaches every output bit."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
