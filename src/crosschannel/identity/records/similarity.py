"""How alike two texts are, each distinct pair of values measured once.

Jaro-Winkler (Winkler 1990: prefix of up to four letters, scale 0.1) and the edit distance in which
a swap of neighbours is one slip (optimal string alignment); both compiled, by RapidFuzz.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

Doubles = NDArray[np.float64]
SCORERS: dict[str, Any] = {"jaro_winkler": JaroWinkler.similarity, "edits": OSA.distance}
NO_PAIR = -1


def scores(left: pd.Series[str], right: pd.Series[str], measure: str) -> Doubles:
    """Return the measure of each pair of texts; NaN where one is missing.

    Parameters
    ----------
    measure
        ``jaro_winkler``, 1 for equal texts, or ``edits``, 0 for equal texts.
    """
    (left_codes, left_values), (right_codes, right_values) = (pd.factorize(side) for side in (left, right))
    present = (left_codes != NO_PAIR) & (right_codes != NO_PAIR)
    pairs, place = np.unique(left_codes[present] * len(right_values) + right_codes[present], return_inverse=True)
    result = np.full(len(left), np.nan)
    if len(pairs):
        ends = left_values[pairs // len(right_values)], right_values[pairs % len(right_values)]
        measured = cpdist(*ends, scorer=SCORERS[measure], dtype=np.float64)
        result[present] = np.asarray(measured, dtype=np.float64)[place]
    return result
