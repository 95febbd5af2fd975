"""Why each customer has a score: contributions summed by family of features, the strongest said in words.

Grain out: one row per customer and score. ``bias`` and ``contributions`` add up to ``margin``; the
bias takes what single precision rounds away. Features of fairness groups are summed as ``withheld``
and never given as a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.acting import METHODS, ScoreReasons
from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.ml import CustomerScores
from crosschannel.models.apply import is_member_expr, places_of
from crosschannel.models.contributions import contributions
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.sample import Matrix
from crosschannel.models.score_model import DIGITS, ScoreModel, Scorer
from crosschannel.settings.acting import Reasons
from crosschannel.settings.recipes import FeatureColumn

WITHHELD = "withheld"
EXACT_MASK, EXACT_SALT = "EXACT_MASK", "exact reasons"
REASONED = tuple(c for c in ScoreReasons.contract.columns if c != ScoreReasons.as_of_date)
REASONED_TYPE = ", ".join(f"`{c}` {c.spec.dtype}" for c in REASONED)
REASON = pa.struct([("family", pa.string()), ("sign", pa.int32()), ("contribution", pa.float64()), ("phrase", pa.string())])
ARROW_TYPES = {"string": pa.string(), "double": pa.float64(), "map<string,double>": pa.map_(pa.string(), pa.float64())}
REASONED_SCHEMA = pa.schema([(c, ARROW_TYPES.get(c.spec.dtype, pa.list_(REASON))) for c in REASONED])


@dataclass(frozen=True)
class Family:
    """One reason: a name, and what to say if it raises or lowers a score."""

    name: str
    raises: str
    lowers: str


@dataclass(frozen=True)
class Families:
    """The reasons of one score, and which of them each feature of the model counts for."""

    members: tuple[Family, ...]
    of_feature: tuple[int, ...]
    top: int

    def sums(self, contributed: Matrix) -> Matrix:
        """Add contributions up (rows x families), feature by feature: a row's sum is its own."""
        totals = np.zeros((len(contributed), len(self.members)))
        for feature, family in enumerate(self.of_feature):
            totals[:, family] += contributed[:, feature]
        return np.round(totals, DIGITS) + 0.0


def families_of(model: ScoreModel, features: Sequence[FeatureColumn], settings: Reasons, withheld: frozenset[str]) -> Families:
    """Find the family of each feature of a model.

    Parameters
    ----------
    withheld
        Features that may move a score but are never given as a reason.
    """
    own = {f.name: f.family for f in features}
    members: dict[str, Family] = {}
    places = []
    for name in model.features:
        declared = next((f for f in settings.families if f.takes(model.name, name)), None)
        if name in withheld:
            family = Family(WITHHELD, "", "")
        elif declared is not None:
            family = Family(declared.name, declared.raises, declared.lowers)
        else:
            said = own.get(name, "other").replace("_", "-")
            family = Family(own.get(name, "other"), f"{said} features speak for it", f"{said} features speak against it")
        places.append(list(members | {family.name: family}).index(family.name))
        members.setdefault(family.name, family)
    return Families(tuple(members.values()), tuple(places), settings.top)


def to_exact(scores: DataFrame, listed: DataFrame | None, names: Sequence[str], settings: Reasons) -> DataFrame:
    """Return the customers with a score whose reasons are to be exact, as one bit per score.

    Parameters
    ----------
    listed
        Customer and score of everybody on a list; ``None`` if there is no list.
    """
    columns = [str(CustomerScores.customer_id), str(CustomerScores.score_name)]
    chosen = scores.where(F.col(CustomerScores.decile) <= settings.exact_deciles).select(*columns)
    if listed is not None:
        chosen = chosen.unionByName(listed.select(*columns))
    bits = F.create_map(*[F.lit(v) for i, name in enumerate(names) for v in (name, 1 << i)])
    bit = bits[F.col(CustomerScores.score_name)].cast("bigint")
    return chosen.groupBy(CustomerScores.customer_id).agg(F.bit_or(bit).alias(EXACT_MASK))


def to_reasons(features: DataFrame, exact: DataFrame, models: Sequence[ScoreModel], families: Sequence[Families], settings: Reasons) -> DataFrame:
    """Explain each score of each customer of its population.

    Parameters
    ----------
    features
        One row per customer of one as_of_date.
    exact
        What :func:`to_exact` returned for the same models, in the same order.
    """
    joined = features.join(exact, on=str(CustomerFeatures.customer_id), how="left")  # one to at most one
    inputs = {name: value for model in models for name, value in model.inputs().items()}
    flags = [*(is_member_expr(m) for m in models), *(_is_exact_expr(i, settings) for i in range(len(models)))]
    columns = [c.cast("double").alias(f"x{i}") for i, c in enumerate([*flags, *inputs.values()])]
    places = places_of(models, first=len(flags))
    # Contributions come from the model's native predictor, a block of rows at a time; there is no built-in for it.
    return joined.select(CustomerFeatures.customer_id, *columns).mapInArrow(_reasoning(models, families, places, len(columns)), REASONED_TYPE)


def _is_exact_expr(place: int, settings: Reasons) -> Column:
    sampled = F.pmod(F.xxhash64(F.lit(EXACT_SALT), F.col(CustomerFeatures.customer_id)), F.lit(100)) < settings.exact_percent
    return sampled | (F.getbit(F.coalesce(F.col(EXACT_MASK), F.lit(0).cast("bigint")), F.lit(place)) == 1)


def _reasoning(
    models: Sequence[ScoreModel], families: Sequence[Families], places: Sequence[Sequence[int]], width: int
) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def reason(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorers = [Scorer(model) for model in models]
        for batch in batches:
            values = batch_matrix(batch, 1, width)
            for i, scorer in enumerate(scorers):
                is_exact = (values[:, len(models) + i] > 0) | (scorer.ladder is not None)  # what only adds is exact at no cost
                for wanted, method in ((is_exact, METHODS[0]), (~is_exact, METHODS[1])):
                    mine = (values[:, i] > 0) & wanted
                    if mine.any():
                        yield _reasoned(batch.column(0).filter(pa.array(mine)), scorer, families[i], values[mine][:, places[i]], method)

    return reason


def _reasoned(customers: pa.Array, scorer: Scorer, families: Families, inputs: Matrix, method: str) -> pa.RecordBatch:
    contributed, margins = contributions(scorer, inputs, exact=method == METHODS[0])
    totals, margins, rows = families.sums(contributed), np.round(margins, DIGITS), len(inputs)
    name, version, how = (pa.array([text] * rows, pa.string()) for text in (scorer.model.name, scorer.model.version, method))
    columns = {
        ScoreReasons.customer_id: customers.cast(pa.string()), ScoreReasons.score_name: name, ScoreReasons.method: how,
        ScoreReasons.margin: pa.array(margins), ScoreReasons.bias: pa.array(np.round(margins - totals.sum(axis=1), DIGITS) + 0.0),
        ScoreReasons.contributions: _as_maps(totals, families), ScoreReasons.reasons: strongest(totals, families), ScoreReasons.model_version: version,
    }  # fmt: skip
    return pa.RecordBatch.from_arrays([columns[c] for c in REASONED], schema=REASONED_SCHEMA)


def strongest(totals: Matrix, families: Families) -> pa.ListArray:
    """Return the strongest families of each row, largest first; equal ones in their own order, none that adds nothing."""
    shown = np.array([i for i, f in enumerate(families.members) if f.name != WITHHELD], dtype=np.int64)
    size = np.abs(totals[:, shown])
    picked = np.argsort(-size, axis=1, kind="stable")[:, : families.top]
    counts = (np.take_along_axis(size, picked, axis=1) > 0).sum(axis=1)
    taken = np.arange(picked.shape[1])[None, :] < counts[:, None]
    family = shown[picked][taken]
    value = np.take_along_axis(totals[:, shown], picked, axis=1)[taken]
    names, raises, lowers = (np.array(t, dtype=object) for t in zip(*((f.name, f.raises, f.lowers) for f in families.members), strict=True))
    phrases = np.where(value > 0, raises[family], lowers[family])
    fields = [pa.array(names[family], pa.string()), pa.array(np.sign(value).astype(np.int32)), pa.array(value), pa.array(phrases, pa.string())]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.StructArray.from_arrays(fields, fields=list(REASON)))


def _as_maps(totals: Matrix, families: Families) -> pa.MapArray:
    rows, width = totals.shape
    keys = pa.array([f.name for f in families.members] * rows, pa.string())
    return pa.MapArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * width), keys, pa.array(totals.ravel()))
