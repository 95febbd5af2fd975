"""May a new model replace the one in use? A verdict with its reason, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Whether the model becomes champion, and why."""

    is_accepted: bool
    reason: str

    @property
    def word(self) -> str:
        """What becomes of the model."""
        return "promoted" if self.is_accepted else "kept as challenger"

    @property
    def tags(self) -> dict[str, str]:
        """The verdict as tags of a run and of a registered model."""
        return {"verdict": self.word, "verdict_reason": self.reason}


def verdict_on_score(challenger: Mapping[str, float], champion: Mapping[str, float] | None, *, is_same: bool, is_first: bool, allowed: float) -> Verdict:
    """Compare log loss on the same held-out rows; ``champion`` is ``None`` if it cannot read today's features."""
    if is_same:
        return Verdict(True, "the same model as the champion")
    if is_first:
        return Verdict(True, f"first model: log loss {challenger['log_loss']:.4f}, AUC {challenger['auc']:.3f} on held-out rows")
    if champion is None:
        return Verdict(True, "the champion reads features that no longer exist, so it cannot score")
    ours, theirs = challenger["log_loss"], champion["log_loss"]
    comparison = f"log loss {ours:.4f} against the champion's {theirs:.4f} on the same held-out rows (at most +{allowed:.4f} allowed)"
    return Verdict(ours <= theirs + allowed, comparison)


def verdict_on_segments(stability: float, asked: float, ids_kept: float | None) -> Verdict:
    """Accept a segmentation that is stable enough, and always the first."""
    if ids_kept is None:
        return Verdict(True, f"first model: stability {stability:.2f}")
    figures = f"stability {stability:.2f} ({asked:.2f} asked); {ids_kept:.0%} of the champion's segments continue"
    return Verdict(stability >= asked, figures)
