"""What was learned about a file of records, and what it says about a pair: weights that add up.

A pair belongs to one person, to two relatives (people who share a home, a surname or an employer)
or to two strangers. Each of the three has shares of levels per attribute and a share of all pairs.
The weight of a pair is the log2 odds of one person against the two others together::

    weight = prior + sum(log2(same / strangers)) + term frequencies - relatives
    relatives = log2(1 + odds of relatives against strangers)

so it reads as a waterfall: a bar per attribute, and at the end how much of it relatives explain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log2, sqrt

import numpy as np

from crosschannel.identity.records.patterns import ABSENT, Doubles, Patterns, summed, table_of

Shares = tuple[tuple[float, ...], ...]
FORMAT = 1


@dataclass(frozen=True)
class Model:
    """Parameters of a file of records.

    ``same``, ``relatives`` and ``strangers`` hold, per attribute, the share of each level from
    different to equal among pairs of that kind; the rates are shares of all pairs of records.
    """

    attributes: tuple[str, ...]
    identifying: tuple[bool, ...]
    same: Shares
    relatives: Shares
    strangers: Shares
    same_rate: float
    relatives_rate: float
    pairs: int

    @property
    def prior_bits(self) -> float:
        """Log2 odds that two records taken at random are one person, against strangers."""
        return log2(self.same_rate / self.strangers_rate)

    @property
    def strangers_rate(self) -> float:
        """Share of pairs of strangers."""
        return 1 - self.same_rate - self.relatives_rate

    @property
    def records(self) -> float:
        """Number of records, as the number of pairs tells it."""
        return (1 + sqrt(1 + 8 * self.pairs)) / 2

    def own_records(self, number: int) -> float:
        """Return how many of the records with one value are one person's own, on average."""
        return 1 + 2 * self.same_rate * self.pairs * self.same[number][-1] / self.records

    def expected_others(self, number: int, with_value: int) -> float:
        """Return how many strangers share a value that two strangers agree on, on average.

        Parameters
        ----------
        with_value
            Records that have a value of the attribute at all.
        """
        return self.strangers[number][-1] * with_value

    @property
    def tops(self) -> tuple[int, ...]:
        """The level of equality, per attribute."""
        return tuple(len(shares) - 1 for shares in self.same)


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall: the shares behind it are empty for the prior and for relatives."""

    name: str
    level: int | None
    same: float | None
    strangers: float | None
    bits: float
    term_frequency_bits: float = 0.0


def bits_of(model: Model, patterns: Patterns) -> tuple[Doubles, Doubles]:
    """Return, per pattern, the bits for one person and those for relatives, both against strangers.

    Term frequencies and the relatives' share of the weight come on top, pair by pair.
    """
    same, relatives, strangers = (table_of([np.array(s) for s in shares]) for shares in (model.same, model.relatives, model.strangers))
    for_same = model.prior_bits + summed(patterns, same - strangers) / np.log(2)
    if model.relatives_rate == 0:
        return for_same, np.full(len(for_same), -np.inf)
    return for_same, log2(model.relatives_rate / model.strangers_rate) + summed(patterns, relatives - strangers) / np.log(2)


def rarity_bits(model: Model, number: int, *, rows: int, with_value: int) -> float:
    """Return the bits by which a value both records share is rarer than shared values are on average.

    A person's own records make no value frequent, and one stranger more or less is no evidence:
    in a small file, and for a value of one person alone, little is added.
    """
    return log2((model.expected_others(number, with_value) + 1) / (max(rows - model.own_records(number), 0.0) + 1))


def waterfall(model: Model, levels: Sequence[int], rarities: Mapping[str, float] | None = None) -> tuple[Step, ...]:
    """Explain the weight of a pair, bar by bar; the bits of all steps add up to it.

    Parameters
    ----------
    levels
        Level per attribute, -1 for a missing value.
    rarities
        Bits of :func:`rarity_bits` by attribute; they count where both records have the same value.
    """
    steps = [Step("prior", None, None, None, model.prior_bits)]
    shared = 0.0  # bits that relatives would share
    for k, (name, level) in enumerate(zip(model.attributes, levels, strict=True)):
        if level == ABSENT:
            steps.append(Step(name, ABSENT, None, None, 0.0))
            continue
        same, strangers = model.same[k][level], model.strangers[k][level]
        rarity = (rarities or {}).get(name, 0.0) if level == model.tops[k] else 0.0
        shared += log2(model.relatives[k][level] / strangers) + (0.0 if model.identifying[k] else rarity)
        steps.append(Step(name, level, same, strangers, log2(same / strangers), rarity))
    if model.relatives_rate:
        explained = log2(1 + 2 ** (log2(model.relatives_rate / model.strangers_rate) + shared))
        steps.append(Step("relatives", None, None, None, -explained))
    return tuple(steps)


def weight_of(steps: Sequence[Step]) -> float:
    """Return the weight that a waterfall adds up to."""
    return sum(step.bits + step.term_frequency_bits for step in steps)


def to_json(model: Model) -> str:
    """Return the parameters as JSON that :func:`from_json` reads back bit for bit."""
    return json.dumps({"format": FORMAT, **asdict(model)}, sort_keys=True)


def from_json(text: str) -> Model:
    """Return the parameters in a JSON text of :func:`to_json`."""
    content = json.loads(text)
    if content.pop("format") != FORMAT:
        raise ValueError(f"parameters of another format than {FORMAT}: train again")
    shares = {name: tuple(tuple(row) for row in content[name]) for name in ("same", "relatives", "strangers")}
    return Model(**content | shares | {name: tuple(content[name]) for name in ("attributes", "identifying")})
