"""What the omnichannel score rests on: whether it is mostly loyalty, and how much better trees on everything rank."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crosschannel.models.bootstrap import aucs
from crosschannel.models.ladder import Ladder, fitted_ladder
from crosschannel.models.sample import Matrix
from crosschannel.settings.scores import LADDER, Omnichannel

AUC_LEARNED, AUC_WITHOUT, GAP_TO_TREES = "auc_on_sample", "auc_without_purchases", "auc_gap_to_trees"
MOSTLY_LOYALTY, MUCH_FINER = 0.1, 0.03  # AUC
DIGITS = 6


def loyalty(ladder: Ladder, raw: Matrix, outcomes: Matrix, settings: Omnichannel) -> dict[str, float]:
    """Return the AUC on the rows learned from, and that of a ladder fitted on them without past purchases; nothing if there is no other step."""
    others = Ladder(tuple(step for step in ladder.steps if step.verb != LADDER[-1]))
    if not others.steps or len(others.steps) == len(ladder.steps):
        return {}
    rest = raw[:, [ladder.features.index(name) for name in others.features]]
    fitted = fitted_ladder(others, rest, outcomes, settings)
    return {AUC_LEARNED: _auc(ladder.margins(raw), outcomes), AUC_WITHOUT: _auc(fitted.margins(rest), outcomes)}


def said_of(checks: Mapping[str, float]) -> list[str]:
    """Return the sentences of the card."""
    said = []
    if AUC_WITHOUT in checks:
        fall = checks[AUC_LEARNED] - checks[AUC_WITHOUT]
        verdict = "**The score is mostly loyalty.**" if fall > MOSTLY_LOYALTY else "The score is more than loyalty."
        said.append(f"{verdict} Past purchases are among its inputs: without them its AUC on the rows learned from is {checks[AUC_WITHOUT]:.3f} instead of {checks[AUC_LEARNED]:.3f}.")
    if GAP_TO_TREES in checks:
        gap = checks[GAP_TO_TREES]
        warning = f" **More than {MUCH_FINER}: rank by the trees where rank decides.**" if gap > MUCH_FINER else ""
        said.append(f"Trees that read all features rank the same customers by {gap:+.3f} AUC better.{warning}")
    return said


def _auc(margins: Matrix, outcomes: Matrix) -> float:
    return round(float(aucs(margins, outcomes, np.ones((1, len(margins))))[0]), DIGITS)
