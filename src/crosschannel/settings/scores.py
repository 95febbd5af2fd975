"""``scores.yaml``: one declaration per score; the label and its horizon stand in ``labels.yaml``."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crosschannel.contracts.silver import CHANNELS
from crosschannel.settings.acting import Acting, Worth
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.drift import Drift
from crosschannel.settings.families import Name
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.recipes import FeatureColumn, feature_name
from crosschannel.settings.review import Review
from crosschannel.settings.segments import SegmentsSettings
from crosschannel.settings.strict import Settings
from crosschannel.settings.study import Study

OMNICHANNEL = "omnichannel"
LADDER = ("impression", "view", "click", "engage", "add", "purchase")
Share = Annotated[float, Field(gt=0, lt=1)]


class Score(Settings):
    """Gradient-boosted trees for one label, fitted by ``workers`` Spark tasks at once.

    ``direction`` says how the features' declared directions, which speak of purchase, apply to
    this label: as they stand (1), reversed (-1), or not at all (0). ``workers`` is part of the
    result: another number gives another model, so it never follows the size of the cluster.
    """

    name: Name
    label: Name | None = None  # the score's own name, if left out
    direction: Literal[-1, 0, 1] = 1
    workers: int = Field(default=2, ge=1)
    exclude: tuple[str, ...] = ()
    worth: Worth | None = None  # of the outcome, for lists; without it every customer counts the same
    max_rounds: int = Field(default=400, ge=1)
    early_stopping_rounds: int = Field(default=20, ge=1)
    learning_rate: float = Field(default=0.05, gt=0, le=1)
    max_depth: int = Field(default=4, ge=1, le=12)
    min_child_weight: float = Field(default=10.0, ge=0)
    row_share: float = Field(default=0.8, gt=0, le=1)
    column_share: float = Field(default=0.5, gt=0, le=1)
    l2: float = Field(default=5.0, ge=0)
    min_level_rows: int = Field(default=50, ge=1)  # rarer levels of a text feature become one level, other

    def takes(self, feature: FeatureColumn) -> bool:
        """Tell whether the model may read a feature."""
        return not any(fnmatchcase(feature.name, p) for p in self.exclude)

    @property
    def learns(self) -> str:
        """Name of the label."""
        return self.label or self.name


class Ring(Settings):
    """What an event counts that is at most ``window_days`` old and in no shorter ring."""

    window_days: int = Field(ge=1)
    weight: float = Field(gt=0, le=1)


class Omnichannel(Settings):
    """The 0-100 score: an additive model whose weights rise along a ladder of verbs in every channel.

    It reads the count features of its channels and ladder that ``features.yaml`` declares for the
    windows of its rings.
    """

    label: Name = "purchase"
    channels: Annotated[tuple[str, ...], Field(min_length=1)] = CHANNELS
    rings: Annotated[tuple[Ring, ...], Field(min_length=1)] = (Ring(window_days=28, weight=1.0), Ring(window_days=84, weight=0.4))
    min_step: float = Field(default=1e-3, gt=0)  # a verb further up weighs at least this much more
    l2: float = Field(default=1.0, ge=0)
    sample_rows: int = Field(default=50_000, ge=100, le=200_000)

    @model_validator(mode="after")
    def _rings_widen(self) -> Self:
        for near, far in zip(self.rings, self.rings[1:], strict=False):
            if near.window_days >= far.window_days or near.weight <= far.weight:
                raise ValueError("rings stand from near to far: longer windows, smaller weights")
        return self

    def count_feature(self, channel: str, verb: str, window_days: int) -> str:
        """Return the name of the feature that holds a channel's count of a verb."""
        return feature_name(channel, verb, "count", window_days=window_days)


class Holdout(Settings):
    """Shares of customers kept out of the fit; test and calibration rows are of the latest labelled date."""

    test: Share = 0.2
    calibrate: Share = 0.2
    stop: Share = 0.1

    @model_validator(mode="after")
    def _leaves_enough(self) -> Self:
        if self.test + self.calibrate + self.stop > 0.8:
            raise ValueError("test, calibrate and stop leave less than a fifth of the customers to learn from")
        return self


class ScoresSettings(Acting):
    """All scores of a project, how rows are held out, and what a fit must have to start."""

    scores: Annotated[tuple[Score, ...], Field(min_length=1)]
    omnichannel: Omnichannel = Omnichannel()
    holdout: Holdout = Holdout()
    min_positives: int = Field(default=50, ge=1)  # per slice of rows that learns or judges
    review: Review = Review()
    drift: Drift = Drift()
    study: Study | None = Study()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = self.names
        if len(set(names)) != len(names):
            raise ValueError("two scores have the same name")
        self.refuse_unknown_scores(names)
        if self.study is not None and self.study.score not in {None, *(s.name for s in self.scores)}:
            raise ValueError(f"study names {self.study.score}, which is no score; there are {', '.join(s.name for s in self.scores)}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all scores, the omnichannel one last."""
        return (*(s.name for s in self.scores), OMNICHANNEL)

    def score(self, name: str) -> Score | None:
        """Return a score of trees by its name; the omnichannel one is none."""
        return next((s for s in self.scores if s.name == name), None)

    @property
    def studied(self) -> str | None:
        """Name of the score that is studied."""
        return None if self.study is None else self.study.score or self.scores[0].name


class TrainSegmentsSettings(Settings):
    """What ``train_segments`` needs of a project."""

    features: FeaturesSettings
    segments: SegmentsSettings
    consent: ConsentSettings = ConsentSettings()


class TrainScoresSettings(Settings):
    """What ``train_scores`` and ``score_customers`` need of a project."""

    features: FeaturesSettings
    labels: LabelsSettings
    scores: ScoresSettings
    consent: ConsentSettings = ConsentSettings()


class PublishSettings(Settings):
    """What ``publish_segments`` needs of a project."""

    scores: ScoresSettings
    consent: ConsentSettings = ConsentSettings()
