"""The simulation as Spark frames: people in, numbers out, batch by batch.

Vectorised NumPy inside ``mapInArrow``: a weekly chain per person and Poisson draws per week have no
sensible form in SQL. Draws depend on the person alone, so frames are the same for any partitioning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.table import Shape
from crosschannel.synth.activity import Columns, activity_of
from crosschannel.synth.counter_rng import Ints
from crosschannel.synth.parameters import World
from crosschannel.synth.people import traits_of
from crosschannel.synth.propensities import propensities_of
from crosschannel.synth.shapes import Activity, Carried, PersonNumbers, PropensityNumbers, arrow_schema, ddl

PEOPLE_AT_ONCE = 2_000  # bounds a worker's memory: about 0.3 million rows at a time in half a year of logs


def to_activity(people: DataFrame, world: World) -> DataFrame:
    """Return the native events of people; see :class:`Activity`."""
    return _mapped(people, Activity, lambda person: activity_of(world, person)[0])


def to_carried(people: DataFrame, world: World) -> DataFrame:
    """Return who carried which identifier, and what the logs connect; see :class:`Carried`."""
    return _mapped(people, Carried, lambda person: activity_of(world, person)[1])


def to_person_numbers(people: DataFrame, world: World) -> DataFrame:
    """Return people's traits; see :class:`PersonNumbers`."""

    def simulate(person: Ints) -> Columns:
        traits = traits_of(world, person)
        return {str(c): getattr(traits, c) for c in PersonNumbers.columns}

    return _mapped(people, PersonNumbers, simulate)


def to_propensity_numbers(people: DataFrame, world: World) -> DataFrame:
    """Return true propensities and outcomes; see :class:`PropensityNumbers`."""
    return _mapped(people, PropensityNumbers, lambda person: propensities_of(world, traits_of(world, person)))


def numbered_people(spark: SparkSession, world: World, partitions: int | None) -> DataFrame:
    """Return one row per person."""
    return spark.range(0, world.people, 1, partitions)


def _mapped(people: DataFrame, shape: type[Shape], simulate: Callable[[Ints], Columns]) -> DataFrame:
    schema = arrow_schema(shape)

    def batches(incoming: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in incoming:
            person = np.asarray(batch.column(0).to_numpy(), dtype=np.int64)
            for start in range(0, len(person), PEOPLE_AT_ONCE):
                columns = simulate(person[start : start + PEOPLE_AT_ONCE])
                arrays = [pa.array(np.ascontiguousarray(columns[f.name])).cast(f.type) for f in schema]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return people.mapInArrow(batches, ddl(shape))
