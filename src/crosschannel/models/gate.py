"""May a new model replace the one in use? Every criterion with its value and bound, and a verdict with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from crosschannel.models.bootstrap import Interval

Outcome = Literal["first", "same", "better", "tie", "worse", "taken back"]
LOG_LOSS = "log loss"
BASELINE_LOSS = "log loss against a logistic regression"


@dataclass(frozen=True)
class Criterion:
    """One thing a challenger must show.

    Attributes
    ----------
    value, bound
        What was measured, and what it must not exceed (``at_most``) or fall below.
    """

    name: str
    value: float
    bound: float
    at_most: bool = True
    note: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the challenger shows it."""
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def __str__(self) -> str:
        """Say the criterion in one line."""
        kind = "at most" if self.at_most else "at least"
        return f"{self.name} {self.value:.4f}, {kind} {self.bound:.4f} allowed" + (f" ({self.note})" if self.note else "")

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"holds": self.holds}


@dataclass(frozen=True)
class Verdict:
    """Whether the model becomes champion, and why.

    Attributes
    ----------
    outcome
        How it compares: a tie keeps the champion, and may be promoted by hand; a worse one may not.
    """

    is_accepted: bool
    reason: str
    outcome: Outcome = "first"
    criteria: tuple[Criterion, ...] = ()

    @property
    def word(self) -> str:
        """What becomes of the model."""
        return "promoted" if self.is_accepted else "kept as challenger"

    @property
    def tags(self) -> dict[str, str]:
        """The verdict as tags of a run and of a registered model."""
        return {"verdict": self.word, "verdict_reason": self.reason, "compared": self.outcome}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for ``gate.json``."""
        return {**self.tags, "criteria": [c.as_dict() for c in self.criteria]}


def verdict_on_score(criteria: Sequence[Criterion], point_difference: float, allowed: float) -> Verdict:
    """Judge a challenger by its criteria; the first one is the log loss against the champion's.

    Parameters
    ----------
    criteria
        The upper end of the interval of the log-loss difference first, then everything else.
    point_difference, allowed
        The difference itself, and how much of it is allowed: what lies between is a tie.
    """
    loss, *others = criteria
    failed = [str(c) for c in others if not c.holds]
    if point_difference > allowed:
        failed.insert(0, f"not as good as the champion on the same customers: {loss.note}")
    if failed:
        return Verdict(False, "; ".join(failed), "worse", tuple(criteria))
    if loss.holds and (point_difference < 0 or allowed > 0):
        return Verdict(True, f"better than the champion on the same customers: {loss.note}", "better", tuple(criteria))
    return Verdict(False, f"no clear gain over the champion on the same customers: {loss.note}", "tie", tuple(criteria))


def first_verdict(log_loss: float, auc: float, base_log_loss: float, beside: Interval | None = None, *, must_beat: bool = False) -> Verdict:
    """Judge the first model of a name: it must hold its own against a logistic regression on the same features.

    Parameters
    ----------
    base_log_loss
        Of giving everybody the rate of the outcome.
    beside
        Log loss of the model minus that of the regression, on the same customers; ``None`` for a model
        that is a regression itself.
    must_beat
        Whether a model that is as good as the regression, as far as the customers can tell, is refused too.
    """
    figures = f"log loss {log_loss:.4f} (the rate alone {base_log_loss:.4f}), AUC {auc:.3f} on held-out customers"
    if beside is None:
        return Verdict(True, f"first model: {figures}")
    against = f"log loss minus that of a logistic regression {beside}"
    criterion = Criterion(BASELINE_LOSS, beside.high if must_beat else beside.low, 0.0, note=against)
    if not criterion.holds:
        how = "no better" if beside.low <= 0 else "worse"
        return Verdict(False, f"first model, {how} than a logistic regression: {against}; {figures}", "worse", (criterion,))
    how = "better than" if beside.high <= 0 else "as good as"
    return Verdict(True, f"first model, {how} a logistic regression: {against}; {figures}", "first", (criterion,))


def same_verdict() -> Verdict:
    """Keep the champion that training found again."""
    return Verdict(True, "the same model as the champion", "same")


def unreadable_verdict() -> Verdict:
    """Replace a champion that cannot score any more."""
    return Verdict(True, "the champion reads features that no longer exist, so it cannot score", "better")


def taken_back_verdict(why: str) -> Verdict:
    """Leave alone a model that people rolled back, however good it looks."""
    return Verdict(False, f"was rolled back: {why}; `crosschannel models promote` brings it back", "taken back")


def verdict_on_segments(stability: float, asked: float, ids_kept: float | None) -> Verdict:
    """Accept a segmentation that is stable enough, and always the first."""
    if ids_kept is None:
        return Verdict(True, f"first model: stability {stability:.2f}")
    criterion = Criterion("stability", stability, asked, at_most=False)
    figures = f"stability {stability:.2f} ({asked:.2f} asked); {ids_kept:.0%} of the champion's segments continue"
    return Verdict(criterion.holds, figures, "better" if criterion.holds else "worse", (criterion,))
