"""Everything that shapes a synthetic world: size, seed, difficulty, and where drift sets in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from crosschannel.errors import UsageError

START = date(2026, 1, 5)  # a Monday; week 0 begins here
HORIZON_DAYS = 28
DAYS_IN_WEEK = 7
SOURCES = ("web", "app", "email", "sms", "ads", "store", "call", "crm")
ROWS_PER_FILE = 150_000  # about 60 MB of the widest raw shape
ROWS_PER_PERSON_WEEK = 3.0  # of the busiest source; only decides how many files a delivery has


@dataclass(frozen=True)
class Difficulty:
    """How far the logs are from clean; shares lie in 0-1.

    ``signal`` scales how much the latent mode changes behaviour, ``activity_sigma`` is the spread
    of people's activity (log scale). The other names say which share of what is affected.
    """

    signal: float
    activity_sigma: float
    in_crm: float
    has_loyalty: float
    login_session: float
    anonymous_cookie: float
    cash_receipt: float
    second_email: float
    phone_change: float
    phone_recycled: float
    email_typo: float
    typo_hits_other: float
    tablet_household: float
    tablet_session: float
    kiosk_person: float
    placeholder: float
    unlisted_placeholder: float
    duplicate: float
    late: float
    skewed: float
    corrupt: float
    unmapped: float


DIFFICULTIES = {
    "easy": Difficulty(
        signal=1.5, activity_sigma=0.2, in_crm=0.99, has_loyalty=0.85, login_session=0.6, anonymous_cookie=0.05, cash_receipt=0.02,
        second_email=0.05, phone_change=0.02, phone_recycled=0.002, email_typo=0.002, typo_hits_other=0.0, tablet_household=0.05,
        tablet_session=0.1, kiosk_person=0.005, placeholder=0.0005, unlisted_placeholder=0.0,
        duplicate=0.005, late=0.01, skewed=0.0005, corrupt=0.0005, unmapped=0.0003,
    ),
    "standard": Difficulty(
        signal=1.3, activity_sigma=0.25, in_crm=0.99, has_loyalty=0.75, login_session=0.45, anonymous_cookie=0.15, cash_receipt=0.05,
        second_email=0.15, phone_change=0.06, phone_recycled=0.01, email_typo=0.01, typo_hits_other=0.02, tablet_household=0.2,
        tablet_session=0.15, kiosk_person=0.02, placeholder=0.003, unlisted_placeholder=0.0,
        duplicate=0.01, late=0.02, skewed=0.001, corrupt=0.001, unmapped=0.0005,
    ),
    "hard": Difficulty(
        signal=0.75, activity_sigma=0.5, in_crm=0.85, has_loyalty=0.6, login_session=0.3, anonymous_cookie=0.3, cash_receipt=0.12,
        second_email=0.3, phone_change=0.12, phone_recycled=0.05, email_typo=0.03, typo_hits_other=0.3, tablet_household=0.5,
        tablet_session=0.3, kiosk_person=0.06, placeholder=0.015, unlisted_placeholder=0.003,
        duplicate=0.03, late=0.05, skewed=0.003, corrupt=0.004, unmapped=0.002,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """One resolved set of parameters; written to ``truth/parameters.json``."""

    people: int
    days: int
    seed: int
    difficulty: str
    drift_week: int | None = None

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be simulated."""
        if self.people < 1 or not 1 <= self.days <= 730:
            raise UsageError(f"people must be at least 1 and days lie in 1-730; got {self.people} and {self.days}")
        if self.difficulty not in DIFFICULTIES:
            raise UsageError(f"difficulty {self.difficulty!r} is none of {', '.join(DIFFICULTIES)}")
        if not 0 <= self.seed < 2**62:
            raise UsageError(f"seed lies in 0 to 2^62; got {self.seed}")

    @property
    def level(self) -> Difficulty:
        """The shares behind the difficulty's name."""
        return DIFFICULTIES[self.difficulty]

    @property
    def weeks(self) -> int:
        """Weeks with logs, the last one possibly short."""
        return -(-self.days // DAYS_IN_WEEK)

    @property
    def lived_weeks(self) -> int:
        """Weeks that are simulated: the logged ones and the horizon after them."""
        return -(-(self.days + HORIZON_DAYS) // DAYS_IN_WEEK)

    @property
    def as_of_days(self) -> tuple[int, ...]:
        """Day numbers (0 is the first) of the as-of dates: each Sunday and the last day."""
        sundays = range(DAYS_IN_WEEK - 1, self.days, DAYS_IN_WEEK)
        return tuple(sorted({*sundays, self.days - 1}))

    @property
    def files(self) -> int:
        """Part files per delivery; depends on the size of the world, not on its partitioning."""
        return max(1, round(self.people * ROWS_PER_PERSON_WEEK / ROWS_PER_FILE))

    def date_of(self, day: int) -> date:
        """Return the calendar date of a day number."""
        return START + timedelta(days=day)

    def resolved(self) -> dict[str, Any]:
        """Return everything a reader needs to make the same world again."""
        dates = {"start_date": START.isoformat(), "last_date": self.date_of(self.days - 1).isoformat()}
        return asdict(self) | dates | {"horizon_days": HORIZON_DAYS, "shares": asdict(self.level)}
