"""Generate synthetic channel logs and the truth behind them.

Writes  <out>/raw/<source>/delivered=<date>/part-*; <out>/truth: people, identifiers, events, propensities, corruptions.json, parameters.json
Rerun   the same parameters give the same rows, for any number of partitions
Submit  by `crosschannel generate`; it belongs to no chain, since jobs never read the truth
"""

from __future__ import annotations

from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.truth import TrueEvents
from crosschannel.io.raw_output import remove, write_json, write_lines, write_parquet
from crosschannel.synth.deliveries import DELIVERED, LINE, to_delivered
from crosschannel.synth.parameters import SOURCES, World
from crosschannel.synth.raw_shapes import RAW_SHAPES
from crosschannel.synth.shapes import Activity
from crosschannel.synth.simulate import numbered_people, to_activity, to_carried, to_person_numbers, to_propensity_numbers
from crosschannel.synth.truth import ROWS, to_corruption_counts, to_true_events, to_true_identifiers, to_true_people, to_true_propensities


def generate(
    spark: SparkSession,
    *,
    people: int,
    days: int,
    seed: int,
    difficulty: str,
    out: str,
    drift_week: int | None = None,
    partitions: int | None = None,
) -> dict[str, int]:
    """Write raw logs and truth under ``out`` and return the delivered records per source."""
    world = World(people, days, seed, difficulty, drift_week)
    persons, staged = numbered_people(spark, world, partitions), f"{out}/staged"
    for folder in (f"{out}/raw", f"{out}/truth"):
        remove(spark, folder)  # half of an older world beside this one would be no world at all
    activity = write_parquet(persons.transform(to_activity, world), staged, partition=Activity.source)
    for number, source in enumerate(SOURCES):
        shape = RAW_SHAPES[source]
        lines = activity.where(F.col(Activity.source) == number).transform(to_delivered, world).transform(shape.with_line, world)
        write_lines(lines.select(DELIVERED, LINE), f"{out}/raw/{source}", partition=DELIVERED, header=shape.header, gzip=shape.gzip)
    write_parquet(persons.transform(to_person_numbers, world).transform(to_true_people), f"{out}/truth/people")
    write_parquet(activity.transform(to_true_events, world), f"{out}/truth/events")
    write_parquet(persons.transform(to_carried, world).transform(to_true_identifiers, world), f"{out}/truth/identifiers")
    write_parquet(persons.transform(to_propensity_numbers, world).transform(to_true_propensities), f"{out}/truth/propensities")
    counts = {row[0]: row.asDict() for row in activity.transform(to_corruption_counts).collect()}  # one row per source
    write_json(spark, f"{out}/truth/corruptions.json", {s: {k: v for k, v in c.items() if k != TrueEvents.source} for s, c in counts.items()})
    write_json(spark, f"{out}/truth/parameters.json", world.resolved())  # last: it says that the world is whole
    remove(spark, staged)
    return {source: int(count[ROWS]) for source, count in counts.items()}
