"""``scores.yaml``, ``study``: what is trained beside a new model to show what its features are worth."""

from __future__ import annotations

from pydantic import Field

from crosschannel.settings.strict import Settings


class Study(Settings):
    """One score trained on each single channel, on all, and without each family of features, on a sample by hash.

    Without ``score``, the first one of the project. ``rows`` bounds what the driver sees of the
    rows that teach, and of those that judge.
    """

    score: str | None = None
    rows: int = Field(default=10_000, ge=200, le=100_000)
    rounds: int = Field(default=80, ge=5, le=1_000)
    learning_rate: float = Field(default=0.1, gt=0, le=1)
