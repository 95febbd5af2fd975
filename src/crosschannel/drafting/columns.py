"""One column of a sample: its values, its type, and what may be said about it without a person."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from crosschannel.drafting.moments import TimeGuess, guess_time
from crosschannel.drafting.names import AMOUNT, EMAIL, INTERNATIONAL, LATE_WORDS, PHONE, TIME_WORDS, snake
from crosschannel.drafting.readings import Reading

INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")
TRUTHS = ({"true", "false"}, {"true"}, {"false"})
MOSTLY = 0.95
PATTERN_SHARE = 0.8  # of the values must look like an e-mail address or a phone number


@dataclass(frozen=True)
class Column:
    """A path of the samples and its present values, one per record that has one."""

    name: str
    path: str
    values: tuple[str, ...]
    of: int  # records sampled

    @property
    def is_always_there(self) -> bool:
        """Every sampled record has a value."""
        return len(self.values) == self.of

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value was seen."""
        return Counter(self.values)

    @cached_property
    def type(self) -> str:
        """Type that every value has; string if there is no other."""
        if not self.values:
            return "string"
        if all(map(_is_container, self.values)):
            return "json"
        if {v.lower() for v in self.values} in TRUTHS:
            return "boolean"
        return "string" if self.shows_ids else self._number_type()  # an id is a number that is added to nothing

    def _number_type(self) -> str:
        is_amount = AMOUNT.search(snake(self.name)) and not any("e" in v.lower() for v in self.values)
        if self._share(INTEGER) == 1:
            return "decimal" if is_amount else "bigint"
        if self._share(NUMBER) == 1 and not any(re.fullmatch(r"0\d+", v) for v in self.values):
            return "decimal" if is_amount else "double"
        return "string"

    @property
    def doubt(self) -> str | None:
        """What is unsure about the type."""
        if self.type != "string" or not self.values:
            return None
        share = self._share(NUMBER)
        if MOSTLY <= share < 1:
            return f"{share:.1%} of the values are numbers; a number type would refuse the others"
        containers = [_is_container(v) for v in self.values]
        if any(containers):
            return f"{sum(containers):,} of {self.of:,} values are JSON, which type string refuses"
        return None

    @cached_property
    def time(self) -> TimeGuess | None:
        """How the values say a moment."""
        words = set(snake(self.name).split("_"))
        return guess_time(self.values, may_be_epoch=bool(words & TIME_WORDS)) if self.values else None

    @property
    def is_late_time(self) -> bool:
        """The name speaks of something other than when the event happened."""
        return bool(set(snake(self.name).split("_")) & LATE_WORDS) or self.name.startswith("_")

    @property
    def shows_ids(self) -> bool:
        """The name says that the values name something."""
        return bool(re.search(r"(^|_)(id|uuid|guid|sid|key|code|number|no|sku|zip|postcode|phone|mobile|to|from)$", snake(self.name)))

    @cached_property
    def pattern(self) -> str | None:
        """``email`` or ``phone`` if the values are such."""
        if self._share(EMAIL) >= PATTERN_SHARE:
            return "email"
        is_named = re.search(r"phone|mobile|msisdn|(^|_)(to|from|caller|tel|sms)($|_number$)", snake(self.name))
        if self._share(INTERNATIONAL) >= PATTERN_SHARE or (is_named and self._share(PHONE) >= PATTERN_SHARE):
            return "phone"
        return None

    def _share(self, pattern: re.Pattern[str]) -> float:
        return sum(1 for v in self.values if pattern.fullmatch(v.strip())) / len(self.values) if self.values else 0.0


def to_columns(reading: Reading) -> list[Column]:
    """Return the columns of a reading under names that are unique and easy to write."""
    names: dict[str, str] = {}
    for path in reading.paths:
        name, number = snake(path), 2
        while name in names:
            name, number = f"{snake(path)}_{number}", number + 1
        names[name] = path
    return [Column(n, p, tuple(r[p] for r in reading.records if p in r), len(reading.records)) for n, p in _shortened(names).items()]


def _shortened(names: dict[str, str]) -> dict[str, str]:
    """Leave the outer steps of a nested path out where the last one is enough and says something."""
    last = {name: snake(path.split(".")[-1]) for name, path in names.items()}
    times = Counter(last.values())
    taken = set(names)
    is_free = {n: times[short] == 1 and (short == n or short not in taken) and short not in {"id", "name", "type", "value"} for n, short in last.items()}
    return {(last[n] if is_free[n] else n): path for n, path in names.items()}


def _is_container(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def unique_together(columns: Sequence[Column], records: Sequence[dict[str, str]]) -> bool:
    """Tell whether some columns, present in every record, name each of the different records."""
    different = {tuple(sorted(r.items())) for r in records}
    keys = [tuple(dict(r).get(c.path) for c in columns) for r in different]
    return all(None not in k for k in keys) and len(set(keys)) == len(keys)
