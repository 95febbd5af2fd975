"""Boosted trees on two Spark workers beside one node, and scoring on executors beside the bare booster; each a process of its own.

    python -m benchmarks.boosting_peers make --data DIR --rows 1000000
    python -m benchmarks.boosting_peers suite --data DIR          # two workers
    python -m benchmarks.boosting_peers one-node --data DIR       # xgboost alone, same rows and parameters
    python -m benchmarks.boosting_peers executors --data DIR      # rows a second with the suite's trees
    python -m benchmarks.boosting_peers bare --data DIR           # the same trees, rows in memory, as many threads

A label that depends on 22 numbers and 5 texts, in part together; 3 numbers say nothing. Some values
are missing. A fifth as many rows judge as teach; a tenth of these say when to stop.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measuring import CORES, start_spark
from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.models.apply import to_scores
from crosschannel.models.boosted import constraints_of, fitted_booster
from crosschannel.models.calibration import Calibration
from crosschannel.models.levels import LevelMap, fitted_levels
from crosschannel.models.score_model import UBJ, ScoreModel
from crosschannel.models.split import SLICE, STOP, TEST, TRAIN
from crosschannel.settings.recipes import FeatureColumn, Latest
from crosschannel.settings.scores import Score

NUMBERS, SILENT, TEXTS, LEVELS, SEED = 22, 3, 5, 12, 11
NUMERIC, TEXT = [f"n{i:02}" for i in range(NUMBERS + SILENT)], [f"t{i}" for i in range(TEXTS)]
NAMES = [*NUMERIC, *TEXT]
LABEL, TRUTH, DAY = str(CustomerLabels.label_value), "truth", dt.date(2026, 1, 31)
SCORE = Score(name="bench", workers=2, max_rounds=100, learning_rate=0.1, max_depth=6)
FEATURES = [FeatureColumn(n, "behaviour", "", "", Latest(n, "number" if n in NUMERIC else "text")) for n in NAMES]
ROWS_AT_ONCE, REPEATS, INTERCEPT = 200_000, 3, -3.3


def main() -> None:
    """Make the rows, or run one engine and print what it measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["make", *ENGINES])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1_000_000, help="that teach")
    given = parser.parse_args()
    if given.what == "make":
        return make(given.data, given.rows)
    print(json.dumps(ENGINES[given.what](given.data)))


def make(data: Path, rows: int) -> None:
    """Write the rows as Parquet."""
    draw = np.random.default_rng(SEED)
    pull, effects = draw.normal(size=NUMBERS) * 0.45, draw.normal(size=(TEXTS, LEVELS)) * 0.35
    total = rows + rows // 5
    (data / "rows").mkdir(parents=True, exist_ok=True)
    for n, first in enumerate(range(0, total, ROWS_AT_ONCE)):
        count = min(ROWS_AT_ONCE, total - first)
        numbers, levels = draw.normal(size=(count, NUMBERS + SILENT)), draw.integers(0, LEVELS, (count, TEXTS))
        margin = INTERCEPT + numbers[:, :NUMBERS] @ pull + effects[np.arange(TEXTS), levels].sum(axis=1)
        margin += 0.6 * numbers[:, 0] * numbers[:, 1] + 0.5 * np.abs(numbers[:, 2]) + 0.7 * (levels[:, 0] < 4) * numbers[:, 3]
        truth = 1 / (1 + np.exp(-margin))
        place = np.arange(first, first + count)
        columns: dict[str, Any] = {
            str(CustomerFeatures.customer_id): [f"c{i:09d}" for i in place], str(CustomerFeatures.as_of_date): pa.array([DAY] * count, pa.date32()),
            LABEL: (draw.random(count) < truth).astype(np.int32), TRUTH: truth, SLICE: np.where(place >= rows, TEST, np.where(place % 10 == 0, STOP, TRAIN)),
        }  # fmt: skip
        columns |= {name: pa.array(numbers[:, i], mask=draw.random(count) < 0.03) for i, name in enumerate(NUMERIC)}
        columns |= {name: pa.array([f"level {v:02}" for v in levels[:, i]]) for i, name in enumerate(TEXT)}
        pq.write_table(pa.table(columns), data / "rows" / f"part-{n:03}.parquet")


def by_suite(data: Path) -> dict[str, Any]:
    """Fit on two Spark workers, from the files to the trees."""
    spark = start_spark("boosting", "xgboost.spark")
    started = time.monotonic()
    rows = spark.read.parquet(str(data / "rows"))
    levels = fitted_levels(rows.where(rows[SLICE] == TRAIN), TEXT, min_rows=SCORE.min_level_rows)
    booster = fitted_booster(rows, FEATURES, levels, SCORE, seed=SEED)
    seconds = time.monotonic() - started
    (data / "model.ubj").write_bytes(booster.content)
    (data / "levels.json").write_text(json.dumps({k: list(v) for k, v in levels.items()}), encoding="utf-8")
    return {"seconds": seconds, "rounds": booster.rounds, "auc": _auc(data, booster.native, levels)}


def on_one_node(data: Path) -> dict[str, Any]:
    """Fit with xgboost alone: the same rows, parameters, levels and constraints, all cores."""
    from xgboost import XGBClassifier

    started = time.monotonic()
    table = pq.read_table(data / "rows", columns=[*NAMES, LABEL, SLICE])
    slices = np.asarray(table.column(SLICE).to_pylist())
    teach, stop = np.flatnonzero(slices == TRAIN), np.flatnonzero(slices == STOP)
    levels = {name: tuple(sorted(table.column(name).take(pa.array(teach)).unique().to_pylist())) for name in TEXT}
    values, outcomes = _matrix(table, levels), table.column(LABEL).to_numpy().astype(np.float32)
    model = XGBClassifier(
        n_estimators=SCORE.max_rounds, early_stopping_rounds=SCORE.early_stopping_rounds, eval_metric="logloss", tree_method="hist",
        learning_rate=SCORE.learning_rate, max_depth=SCORE.max_depth, min_child_weight=SCORE.min_child_weight, reg_lambda=SCORE.l2,
        subsample=SCORE.row_share, colsample_bytree=SCORE.column_share, max_cat_to_onehot=8, random_state=SEED, verbosity=0, n_jobs=CORES,
        feature_types=["c" if n in levels else "q" for n in NAMES], enable_categorical=True, monotone_constraints=constraints_of(FEATURES, SCORE),
    )  # fmt: skip
    model.fit(values[teach], outcomes[teach], eval_set=[(values[stop], outcomes[stop])], verbose=False)
    booster = model.get_booster()[: model.best_iteration + 1]
    return {"seconds": time.monotonic() - started, "rounds": booster.num_boosted_rounds(), "auc": _auc(data, booster, levels), "best_auc": _best_auc(data)}


def on_executors(data: Path) -> dict[str, Any]:
    """Score all rows from the files, through Arrow, to rows of the table of scores that are thrown away."""
    spark = start_spark("scoring")
    rows = spark.read.parquet(str(data / "rows"))
    model = ScoreModel(SCORE.name, UBJ, (data / "model.ubj").read_bytes(), tuple(NAMES), _levels(data), Calibration(1.0, 0.0), None)
    seconds = [_seconds(lambda: rows.transform(to_scores, [model]).write.format("noop").mode("overwrite").save()) for _ in range(REPEATS + 1)]
    return {"seconds": statistics.median(seconds[1:]), "rows": rows.count(), "first": seconds[0]}


def bare(data: Path) -> dict[str, Any]:
    """Predict the margins of a matrix that is in memory, with as many threads as Spark has tasks."""
    values = _matrix(pq.read_table(data / "rows", columns=NAMES), _levels(data))
    booster = _booster(data, CORES)
    seconds = [_seconds(lambda: booster.inplace_predict(values, predict_type="margin", validate_features=False)) for _ in range(REPEATS + 1)]
    return {"seconds": statistics.median(seconds[1:]), "rows": len(values)}


def _matrix(table: pa.Table, levels: Mapping[str, LevelMap]) -> Any:
    values = np.empty((table.num_rows, len(NAMES)), dtype=np.float32)
    for i, name in enumerate(NAMES):
        column = table.column(name).combine_chunks()
        values[:, i] = _codes(column, levels[name]) if name in levels else column.to_numpy(zero_copy_only=False)
    return values


def _codes(column: Any, levels: LevelMap) -> Any:
    coded = column.dictionary_encode()
    codes = {level: i + 1.0 for i, level in enumerate(levels)}
    return np.array([codes.get(level, 0.0) for level in coded.dictionary.to_pylist()])[coded.indices.to_numpy()]


def _auc(data: Path, booster: Any, levels: Mapping[str, LevelMap]) -> float:
    from sklearn.metrics import roc_auc_score

    table = pq.read_table(data / "rows", columns=[*NAMES, LABEL], filters=[(SLICE, "=", TEST)])
    margins = booster.inplace_predict(_matrix(table, levels), predict_type="margin", validate_features=False)
    return float(roc_auc_score(table.column(LABEL).to_numpy(), margins))


def _best_auc(data: Path) -> float:
    from sklearn.metrics import roc_auc_score

    table = pq.read_table(data / "rows", columns=[LABEL, TRUTH], filters=[(SLICE, "=", TEST)])
    return float(roc_auc_score(table.column(LABEL).to_numpy(), table.column(TRUTH).to_numpy()))


def _booster(data: Path, threads: int) -> Any:
    from xgboost import Booster

    booster = Booster({"nthread": threads})
    booster.load_model(bytearray((data / "model.ubj").read_bytes()))
    return booster


def _levels(data: Path) -> dict[str, LevelMap]:
    return {k: tuple(v) for k, v in json.loads((data / "levels.json").read_text(encoding="utf-8")).items()}


def _seconds(work: Callable[[], Any]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


ENGINES: dict[str, Callable[[Path], dict[str, Any]]] = {"suite": by_suite, "one-node": on_one_node, "executors": on_executors, "bare": bare}

if __name__ == "__main__":
    main()
