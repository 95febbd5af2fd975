"""``playbook.yaml``: which segment is spoken to, when, in which channel first, and with what.

The file is optional. Plays are tried from top to bottom; the first whose segments and scores fit a
customer is the customer's play, and its actions are proposed in their order. A play without actions
says why there are none, so that a segment nobody thought of is never mistaken for one left in peace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crosschannel.contracts.activation import NO_PLAY
from crosschannel.errors import UsageError
from crosschannel.settings.channels import Channel
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.families import Name
from crosschannel.settings.holdouts import HoldoutsSettings
from crosschannel.settings.mistakes import Place, mistake
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.strict import Settings

Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]  # a name in another system, never text to be shown or run
Pattern = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f\[\]]{1,100}$")]  # compared on the driver, with * and ? only
Sentence = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{3,200}$")]
Days = Annotated[int, Field(ge=0, le=365)]
Decile = Annotated[int, Field(ge=1, le=10)]
EVERY_SEGMENT = "*"


class Action(Settings):
    """One message that may be sent."""

    channel: Channel
    template: Token
    message_class: Literal["marketing", "service"] = "marketing"
    offer: Token | None = None
    wait_days: Days = 0  # after the as_of_date, before it may be sent
    expires_days: Annotated[int, Field(ge=1, le=365)] | None = None  # after the as_of_date

    @model_validator(mode="after")
    def _may_ever_be_sent(self) -> Self:
        if self.expires_days is not None and self.expires_days < self.wait_days:
            raise ValueError(f"expires after {self.expires_days} days but waits {self.wait_days}, so it may never be sent")
        return self


class ScoreCondition(Settings):
    """A score, or its decile (1 is the highest tenth of customers); a customer without the score does not fit."""

    score: Name
    deciles: tuple[Decile, ...] = ()
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.deciles and self.at_least is None and self.at_most is None:
            raise ValueError("give deciles, at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"no score is at least {self.at_least} and at most {self.at_most}")
        return self


class Play(Settings):
    """What is done for the customers of some segments: ``actions`` in their order, or ``none`` with the reason.

    ``segments`` are names or ids, with ``*`` and ``?``. ``campaign`` names the holdout by which the
    play is measured.
    """

    name: Name
    segments: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    when: tuple[ScoreCondition, ...] = ()
    campaign: Name | None = None
    actions: tuple[Action, ...] = ()
    none: Sentence | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.actions) == (self.none is not None):
            raise ValueError("give either actions, or none with the reason")
        if self.name == NO_PLAY:
            raise ValueError(f"{NO_PLAY} is what is said of customers without a play; choose another name")
        return self

    def takes(self, segment_id: str, segment_name: str) -> bool:
        """Tell whether the play is meant for a segment; letter case does not count."""
        return any(fnmatchcase(text.lower(), p.lower()) for text in (segment_id, segment_name) for p in self.segments)

    def hides(self, later: Play) -> bool:
        """Tell whether no customer of ``later`` is ever left over."""
        return not self.when and (EVERY_SEGMENT in self.segments or set(later.segments) <= set(self.segments))


class PlaybookSettings(Settings):
    """Plays from top to bottom, and how people agree to be reached.

    ``consent`` maps a channel to the purpose of ``consent.yaml`` that has to be allowed; in a project without
    that file, to the property of profile events that holds the agreement. Channels in
    ``without_consent`` are those in which nobody has to be asked: whether that is lawful is the
    project's to know. A channel in neither is refused.
    """

    plays: Annotated[tuple[Play, ...], Field(min_length=1)]
    consent: dict[Channel, Name] = Field(default_factory=dict)
    without_consent: tuple[Channel, ...] = ()

    @model_validator(mode="after")
    def _plays_are_reached(self) -> Self:
        for number, play in enumerate(self.plays):
            for other in self.plays[:number]:
                if other.name == play.name:
                    raise ValueError(f"two plays are called {play.name}")
                if other.hides(play):
                    raise ValueError(f"play {play.name} is never reached: {other.name} takes all customers of its segments before")
        return self

    @model_validator(mode="after")
    def _consent_is_known(self) -> Self:
        known = {*self.consent, *self.without_consent}
        for number, play in enumerate(self.plays):
            for step, action in enumerate(play.actions):
                if action.channel not in known:
                    at = ("plays", number, "actions", step, "channel")
                    raise mistake(at, action.channel, "a channel of which neither consent nor without_consent says anything", known)
        if both := sorted(set(self.consent) & set(self.without_consent)):
            raise ValueError(f"{', '.join(both)} stands in consent and in without_consent")
        return self

    def uncovered(self, segments: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Return the names of segments, given as (id, name), that no play is meant for."""
        return tuple(name for id_, name in sorted(segments) if not any(p.takes(id_, name) for p in self.plays))

    def useless(self, segments: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Return the names of plays that fit none of the segments."""
        listed = list(segments)
        return tuple(p.name for p in self.plays if not any(p.takes(id_, name) for id_, name in listed))


class PlanSettings(Settings):
    """What ``plan_actions`` needs of a project."""

    scores: tuple[str, ...]
    holdouts: HoldoutsSettings | None = None
    playbook: PlaybookSettings | None = None
    consent: ConsentSettings = ConsentSettings()

    @property
    def is_empty(self) -> bool:
        """Whether the project plans nothing."""
        return self.holdouts is None and self.playbook is None


def refuse_foreign_names(playbook: PlaybookSettings, scores: Collection[str], holdouts: HoldoutsSettings | None, where: Callable[[Place], str]) -> None:
    """Refuse a score that ``scores.yaml`` does not name, and a campaign that ``holdouts.yaml`` does not.

    Parameters
    ----------
    where
        Returns file and line of a key of the playbook.
    """
    campaigns = [] if holdouts is None else [c.name for c in holdouts.campaigns]
    for number, play in enumerate(playbook.plays):
        for at, condition in enumerate(play.when):
            if condition.score not in scores:
                place: Place = ("plays", number, "when", at, "score")
                raise _foreign(where(place), place, condition.score, "scores.yaml", scores)
        if play.campaign is not None and play.campaign not in campaigns:
            place = ("plays", number, "campaign")
            raise _foreign(where(place), place, play.campaign, "the campaigns of holdouts.yaml", campaigns)


def refuse_foreign_purposes(playbook: PlaybookSettings, consent: ConsentSettings, where: Callable[[Place], str]) -> None:
    """Refuse a purpose that ``consent.yaml`` does not decide for the channel; without that file nothing is known of purposes."""
    for channel, name in playbook.consent.items() if consent.purposes else ():
        choices = [purpose for purpose, decided in consent.published if decided == channel]
        if name not in choices:
            place: Place = ("consent", channel)
            raise _foreign(where(place), place, name, f"the purposes of consent.yaml with channel {channel}", choices)


def _foreign(where: str, place: Place, name: str, file: str, choices: Collection[str]) -> UsageError:
    return UsageError(f"{where}: {'.'.join(map(str, place))}: {name!r} is not in {file}; {choose_from(name, choices)}")
