"""``scores.yaml``, ``reasons`` and ``lists``: why a customer has a score, in words, and whom to act on first."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import Field, model_validator

from crosschannel.settings.families import Name
from crosschannel.settings.strict import Settings

Phrase = Annotated[str, Field(min_length=1, max_length=200)]
MAX_CAPACITY = 1_000_000  # places of a list are numbered in one task


class Worth(Settings):
    """What the outcome is worth: a feature of the customer; ``missing`` stands in for null."""

    feature: str
    missing: float = Field(default=0.0, ge=0)


class ReasonFamily(Settings):
    """Features that count as one reason, and how the reason is said.

    The first family that takes a feature has it. ``scores`` limits a family to some scores, so that
    the same features may be said otherwise of another; empty for all. The words are about the score:
    ``raises`` if the features together raise a customer's score, ``lowers`` if they lower it.
    """

    name: Name
    include: Annotated[tuple[str, ...], Field(min_length=1)]
    raises: Phrase
    lowers: Phrase
    scores: tuple[str, ...] = ()

    def takes(self, score: str, feature: str) -> bool:
        """Tell whether a feature of a score belongs to the family."""
        return (not self.scores or score in self.scores) and any(fnmatchcase(feature, p) for p in self.include)


class Reasons(Settings):
    """How reasons are counted: exactly for the highest deciles, for all lists and for a sample, else approximately.

    Features no family takes count under their own family of ``features.yaml``. Features that match
    ``withhold``, and those of fairness groups, may move a score but are never given as a reason.
    """

    families: tuple[ReasonFamily, ...] = ()
    withhold: tuple[str, ...] = ()
    top: int = Field(default=3, ge=1, le=10)
    exact_deciles: int = Field(default=1, ge=0, le=10)
    exact_percent: int = Field(default=1, ge=0, le=100)  # of all other customers, by hash


    def withheld(self, features: Iterable[str]) -> frozenset[str]:
        """Return the features that are not to be named."""
        return frozenset(f for f in features if any(fnmatchcase(f, p) for p in self.withhold))


class ActionList(Settings):
    """Customers to act on first: those with the largest probability times worth, as many as ``capacity`` allows."""

    name: Name
    score: str
    capacity: int = Field(ge=1, le=MAX_CAPACITY)
    min_probability: float = Field(default=0.0, ge=0, le=1)


class Acting(Settings):
    """What ``scores.yaml`` says about acting on scores."""

    reasons: Reasons = Reasons()
    lists: tuple[ActionList, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [one.name for one in self.lists]
        if len(set(names)) != len(names):
            raise ValueError("two lists have the same name")
        return self

    def refuse_unknown_scores(self, known: tuple[str, ...]) -> None:
        """Refuse lists and reasons of a score that is not declared."""
        named = {one.score for one in self.lists} | {s for f in self.reasons.families for s in f.scores}
        if unknown := sorted(named - set(known)):
            raise ValueError(f"reasons and lists name {', '.join(unknown)}, which is no score; there are {', '.join(known)}")
