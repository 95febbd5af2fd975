"""The whole job on a graph, and again after 1 % more: ``python -m benchmarks.edges_job FOLDER`` prints one line of JSON.

Each generated edge becomes one event with two identifiers. The second run follows the delivery of
further edges that lies beside the first.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession, functions as F

from benchmarks.edges_once import ADDED, EDGES
from crosschannel.contracts.silver import Identifiers, IdentityEdges, IdentityMap
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.jobs.stitch_identities import JOB
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

KEY, NAME, END = "KEY", "NAME", "END"


def main() -> None:
    """Stitch, add, stitch again."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    print(json.dumps(job(parser.parse_args().folder)), flush=True)


def job(folder: Path) -> dict[str, Any]:
    """Return the seconds of the first build and of the run after the delta."""
    shutil.rmtree(folder / "lake", ignore_errors=True)
    edges = pq.ParquetFile(folder / EDGES).metadata.num_rows
    spark, said = local_session("benchmark"), list[str]()
    place = Place(Project(shipped_conf("demo")), str(folder / "lake"), "")
    runner = Runner(place, spark, said.append)
    found: dict[str, Any] = {"edges": edges}
    for name, file in (("full", EDGES), ("delta", ADDED)):
        Lake(spark, place.lake).write(Identifiers.contract, to_identifiers(spark, folder / file))
        found[name] = runner.run(JOB).seconds
    found["customers"] = Lake(spark, place.lake).read(IdentityMap.contract).select(IdentityMap.customer_id).distinct().count()
    found["touched"] = next((line for line in said if "touched" in line), "")
    spark.stop()
    return found


def to_identifiers(spark: SparkSession, file: Path) -> DataFrame:
    """Turn each edge into the two identifiers of one event."""
    edges = spark.read.parquet(str(file))
    ends = [
        F.struct(F.col(key).alias(KEY), F.col(name).alias(NAME))
        for key, name in ((IdentityEdges.left_key, IdentityEdges.left_namespace), (IdentityEdges.right_key, IdentityEdges.right_namespace))
    ]
    event = F.concat_ws("-", IdentityEdges.left_key, IdentityEdges.right_key).alias(Identifiers.event_id)
    spread = edges.dropDuplicates([str(IdentityEdges.left_key), str(IdentityEdges.right_key)]).select(
        event, F.col(IdentityEdges.first_seen_ts).alias(Identifiers.event_ts), F.explode(F.array(*ends)).alias(END)
    )
    return spread.select(
        Identifiers.event_id,
        F.col(END)[KEY].alias(Identifiers.node_key),
        F.col(END)[NAME].alias(Identifiers.namespace),
        F.lit("person").alias(Identifiers.kind),
        F.hex(F.col(END)[KEY]).alias(Identifiers.identifier_hash),
        F.lit("shop").alias(Identifiers.source),
        F.lit("store").alias(Identifiers.channel),
        Identifiers.event_ts,
        F.lit(None).cast("string").alias(Identifiers.screen_reason),
        F.lit(None).cast("string").alias(Identifiers.key_id),
    )


if __name__ == "__main__":
    main()
