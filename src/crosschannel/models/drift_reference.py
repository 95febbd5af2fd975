"""What a model was trained on, as counts in bins: JSON in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from crosschannel.models.drift_counts import Bins, Counts
from crosschannel.models.sample import Matrix

NO_BINS = Bins({}, {})


@dataclass(frozen=True)
class Reference:
    """One model version's reference.

    Attributes
    ----------
    bins, counts
        Of the features the model reads; empty for a segmentation.
    cells
        Values and customers at each: one entry ``probability`` for a score, one per segment of distances.
    """

    model_name: str
    model_version: str
    day: date
    bins: Bins
    counts: Counts
    cells: Mapping[str, tuple[Matrix, Matrix]]

    @property
    def content(self) -> str:
        """The counts as JSON; equal counts give equal text."""
        plain = {
            "edges": {f: list(e) for f, e in self.bins.edges.items()}, "levels": {f: list(m) for f, m in self.bins.levels.items()},
            "counts": {f: c.tolist() for f, c in self.counts.items()},
            "cells": {n: [values.tolist(), rows.tolist()] for n, (values, rows) in self.cells.items()},
        }  # fmt: skip
        return json.dumps(plain, sort_keys=True)

    @staticmethod
    def from_content(model_name: str, model_version: str, day: date, content: str) -> Reference:
        """Read what :attr:`content` wrote."""
        plain: dict[str, Any] = json.loads(content)
        bins = Bins({f: tuple(e) for f, e in plain["edges"].items()}, {f: tuple(m) for f, m in plain["levels"].items()})
        counts = {f: np.array(c, dtype=np.float64) for f, c in plain["counts"].items()}
        cells = {n: (np.array(values, dtype=np.float64), np.array(rows, dtype=np.float64)) for n, (values, rows) in plain["cells"].items()}
        return Reference(model_name, model_version, day, bins, counts, cells)
