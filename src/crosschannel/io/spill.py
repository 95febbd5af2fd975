"""How much Spark wrote to disk because memory was short."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


def spilled_by_stage(spark: SparkSession) -> dict[int, int]:
    """Return the bytes each stage of this application spilled to disk, by stage number.

    Spark remembers the newest ``spark.ui.retainedStages`` of them, a thousand unless set.
    """
    jvm: Any = spark._jvm
    gateway: Any = spark.sparkContext._gateway
    store: Any = spark._jsc.sc().statusStore()
    stages: Any = store.stageList(None, False, False, gateway.new_array(jvm.double, 0), None)
    found: dict[int, int] = {}
    for place in range(stages.size()):
        stage: Any = stages.apply(place)
        found[stage.stageId()] = found.get(stage.stageId(), 0) + stage.diskBytesSpilled()  # one entry an attempt
    return found
