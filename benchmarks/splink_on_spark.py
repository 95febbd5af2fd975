"""Splink on Spark, in a process of its own: its JAR has to be there when Spark starts, and its memory is measured apart.

    python -m benchmarks.splink_on_spark FOLDER NAME THRESHOLD OUT

FOLDER holds one folder per source, as :meth:`PersonFile.write` leaves it; OUT gets the group of each record.
Spark has the profile of this suite; what Splink says of its own (its JAR, Parquet between its steps) is as it documents.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.measuring import Measured, measured
from benchmarks.person_peers import Labels, model_of, splink_labels
from crosschannel.io.session import local_session

MODULE = "benchmarks.splink_on_spark"
TIMED_OUT = 124  # what `timeout` ends with


@dataclass(frozen=True)
class Attempt:
    """What came of it: the groups, the seconds inside the process and its peak memory, or why there are none."""

    labels: Labels | None
    peak_bytes: int
    why_not: str = ""


def attempt(raw: Path, name: str, threshold: float, *, out: Path, seconds: int) -> Attempt:
    """Run Splink on Spark over the files under ``raw``, for at most so many seconds."""
    out.unlink(missing_ok=True)
    try:
        run: Measured = measured(["timeout", str(seconds), sys.executable, "-m", MODULE, str(raw), name, str(threshold), str(out)])
    except SystemExit as ended:  # the page says so; the rest of the benchmark goes on
        said = str(ended)
        late = f"ended with {TIMED_OUT}:" in said
        return Attempt(None, 0, f"it did not end within {seconds} seconds" if late else f"it failed: {said.strip().splitlines()[-1][:200]}")
    found = json.loads(out.read_text(encoding="utf-8"))
    return Attempt(Labels(found["seconds"], {threshold: found["groups"]}), run.peak_bytes)


def main() -> None:
    """Train, predict and group, and write seconds and groups."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("name")
    parser.add_argument("threshold", type=float)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    from splink.backends.spark import SparkAPI, similarity_jar_location

    spark = local_session("splink", {"spark.driver.extraClassPath": similarity_jar_location()})
    spark.sparkContext.setCheckpointDir(str(given.out.parent / "splink-checkpoints"))
    model = model_of(given.name)
    if model is None:
        raise SystemExit(f"there is no Splink model for {given.name}")
    frames = {path.parent.name: pd.read_csv(path, dtype=str, keep_default_na=False) for path in sorted(given.folder.glob("*/delivery.csv"))}
    labels = splink_labels(frames, model, api=SparkAPI(spark_session=spark), thresholds=[given.threshold])
    (groups,) = labels.by_threshold.values()
    given.out.write_text(json.dumps({"seconds": labels.seconds, "groups": groups}), encoding="utf-8")


if __name__ == "__main__":
    main()
