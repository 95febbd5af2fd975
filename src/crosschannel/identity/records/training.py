"""Learn from counts of patterns, without labels, how people, relatives and strangers agree.

Expectation-maximisation as in Fellegi-Sunter linkage, with three things made sure of:

- *One optimum.* Every blocking key is a training set of its own in which the key's attributes are
  left aside; all sets share one set of parameters. Keys on identifying attributes are preferred,
  because pairs that agree on an address are mostly two people of one household.
- *Clean strangers.* Random pairs of a file full of duplicates hold pairs of one person. They are
  taken out by their probability, and everything is fitted again.
- *Relatives.* Pairs that agree on what a household shares, and on first names and birth dates only
  as strangers do, are a kind of their own; otherwise they would pass for one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from crosschannel.identity.records.model import Model, Shares
from crosschannel.identity.records.patterns import Doubles, Patterns, level_weights, summed, table_of

ROUNDS, TOLERANCE = 500, 1e-6
CLEANINGS = 3  # how often matches are taken out of the random pairs
AGREEMENT = 0.9  # share of equal values to start from
START_RATE = 0.1
RANDOM_PRIOR, RELATIVES_PRIOR = 0.5, 1e-3  # pairs added to every level, so that no share is zero
MATCH_PRIOR = 5.0  # pairs of one person that agree as the start says: a handful of pairs teaches little
LEAST_RATE = 1e-9
FEW_RELATIVES = 0.1  # of the pairs of one person: fewer are no kind of their own
LEAST_IDENTIFYING = 2  # attributes; by one alone a changed first name would make a relative of a person


@dataclass(frozen=True)
class Evidence:
    """What a model is fitted on.

    ``by_key`` holds, per blocking key, the attributes the key fixes and the patterns of the pairs
    it found; ``candidates`` all candidate pairs once; ``random`` random pairs; ``pairs`` is how
    many pairs the file has.
    """

    attributes: tuple[str, ...]
    tops: tuple[int, ...]
    identifying: tuple[bool, ...]
    by_key: tuple[tuple[frozenset[int], Patterns], ...]
    candidates: Patterns
    random: Patterns
    pairs: int


@dataclass
class _Fit:
    """Parameters on the way."""

    same: list[Doubles]
    strangers: list[Doubles]
    relatives: list[Doubles] = field(default_factory=list)
    same_rate: float = 0.0
    relatives_rate: float = 0.0


def fit(evidence: Evidence, *, with_relatives: bool = True) -> Model:
    """Return the model that explains the counts best.

    Parameters
    ----------
    with_relatives
        Look for relatives; if there are hardly any, they are no kind of their own.
    """
    tops = evidence.tops
    found = _Fit([_start(top) for top in tops], _shares(level_weights(evidence.random, evidence.random.counts.astype(float), tops), RANDOM_PRIOR))
    found.same_rate = found.relatives_rate = min(START_RATE, 1 / np.sqrt(2 * evidence.pairs))  # about one other record of each person
    sets = _training_sets(evidence)
    for cleaning in range(CLEANINGS + 1):
        found.same = _fitted_same(sets, found, tops)
        _fit_rates(evidence, found, with_relatives=with_relatives)
        if cleaning < CLEANINGS:
            strange = evidence.random.counts * _posteriors(evidence.random, found)[2]
            found.strangers = _shares(level_weights(evidence.random, strange, tops), RANDOM_PRIOR)
    if with_relatives and found.relatives_rate < FEW_RELATIVES * found.same_rate:
        return fit(evidence, with_relatives=False)
    rates = found.same_rate, found.relatives_rate if with_relatives else 0.0
    shares = _as_tuples(found.same), _as_tuples(found.relatives), _as_tuples(found.strangers)
    return Model(evidence.attributes, evidence.identifying, *shares, *rates, evidence.pairs)


def _training_sets(evidence: Evidence) -> Sequence[tuple[frozenset[int], Patterns]]:
    """Prefer keys of identifying attributes, if they leave each attribute free at least once."""
    present = [(fixed, patterns) for fixed, patterns in evidence.by_key if patterns.total]
    preferred = [(fixed, patterns) for fixed, patterns in present if all(evidence.identifying[k] for k in fixed)]
    is_enough = preferred and not frozenset.intersection(*[fixed for fixed, _ in preferred])
    return preferred if is_enough else present


def _fitted_same(sets: Sequence[tuple[frozenset[int], Patterns]], found: _Fit, tops: Sequence[int]) -> list[Doubles]:
    """Fit the shares of one person on all training sets at once; each has a rate of matches of its own."""
    same, rates = found.same, [START_RATE] * len(sets)
    strangers = table_of(found.strangers)
    for _ in range(ROUNDS):
        held = [MATCH_PRIOR * _start(top) for top in tops]
        new_rates = []
        for (fixed, patterns), rate in zip(sets, rates, strict=True):
            odds = np.log(rate / (1 - rate)) + summed(patterns, table_of(same) - strangers, fixed)
            matched = patterns.counts / (1 + np.exp(-odds))
            new_rates.append(float(np.clip(matched.sum() / patterns.total, LEAST_RATE, 1 - LEAST_RATE)))
            for k, weights in enumerate(level_weights(patterns, matched, tops)):
                held[k] += 0 if k in fixed else weights
        new = [h / h.sum() for h in held]
        change = max([*(np.abs(a - b).max() for a, b in zip(new, same, strict=True)), *np.abs(np.subtract(new_rates, rates))], default=0.0)
        same, rates = new, new_rates
        if change < TOLERANCE:
            break
    return same


def _fit_rates(evidence: Evidence, found: _Fit, *, with_relatives: bool) -> None:
    """Fit how many pairs are of one person and of relatives; pairs no key found are strangers."""
    patterns, tops = evidence.candidates, evidence.tops
    start = found.relatives or found.same
    # who lives together shares first names and birth dates by chance only
    found.relatives = [u if named else r for named, u, r in zip(evidence.identifying, found.strangers, start, strict=True)]
    if not with_relatives or all(evidence.identifying) or sum(evidence.identifying) < LEAST_IDENTIFYING:
        found.relatives_rate = 0.0
    for _ in range(ROUNDS):
        same, relatives, _strange = _posteriors(patterns, found)
        rates = (
            max(float((patterns.counts * same).sum()) / evidence.pairs, LEAST_RATE / evidence.pairs),
            float((patterns.counts * relatives).sum()) / evidence.pairs,
        )
        change = abs(rates[0] - found.same_rate) / found.same_rate + abs(rates[1] - found.relatives_rate) / max(
            found.relatives_rate, LEAST_RATE / evidence.pairs
        )
        found.same_rate, found.relatives_rate = rates
        if found.relatives_rate:
            weights = level_weights(patterns, patterns.counts * relatives, tops)
            shared = [(w + np.maximum(u, RELATIVES_PRIOR)) for w, u in zip(weights, found.strangers, strict=True)]
            found.relatives = [u if named else s / s.sum() for named, u, s in zip(evidence.identifying, found.strangers, shared, strict=True)]
        if change < TOLERANCE:
            break


def _posteriors(patterns: Patterns, found: _Fit) -> tuple[Doubles, Doubles, Doubles]:
    """Return, per pattern, the probabilities of one person, of relatives and of strangers."""
    strangers = table_of(found.strangers)
    rest = 1 - found.same_rate - found.relatives_rate
    same = np.log(found.same_rate / rest) + summed(patterns, table_of(found.same) - strangers)
    relatives = np.full(len(same), -np.inf)
    if found.relatives_rate:
        relatives = np.log(found.relatives_rate / rest) + summed(patterns, table_of(found.relatives) - strangers)
    total = np.logaddexp(np.logaddexp(same, relatives), 0.0)
    return np.exp(same - total), np.exp(relatives - total), np.exp(-total)


def _start(top: int) -> Doubles:
    """Return shares to start from: most pairs of one person are equal, and near ones likelier than far ones."""
    below = (1 - AGREEMENT) * 0.5 ** np.arange(top, 0, -1)
    shares = np.append(below, AGREEMENT)
    return np.asarray(shares / shares.sum())


def _shares(weights: Sequence[Doubles], prior: float) -> list[Doubles]:
    return [(w + prior) / (w + prior).sum() for w in weights]


def _as_tuples(shares: Sequence[Doubles]) -> Shares:
    return tuple(tuple(float(x) for x in row) for row in shares)
