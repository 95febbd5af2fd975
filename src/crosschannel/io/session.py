"""The one place that makes a Spark session.

Under ``spark-submit`` the master and all settings come from the command line; on a laptop they
come from ``conf/spark/local.conf``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from pyspark.sql import SparkSession

from crosschannel.errors import UsageError
from crosschannel.io.jars import jar_paths
from crosschannel.shipped import shipped_conf

FROM_ENVIRONMENT = "CROSSCHANNEL_SPARK_CONF"
JVM_OPTIONS = "spark.driver.extraJavaOptions"
UNDER_SPARK_SUBMIT = "PYSPARK_GATEWAY_PORT"  # set by spark-submit for the Python driver it starts


def open_session(app_name: str, overrides: Mapping[str, str] | None = None) -> SparkSession:
    """Return the session of this process, making it if there is none."""
    _live_in_utc()
    if UNDER_SPARK_SUBMIT in os.environ:
        return SparkSession.builder.appName(app_name).getOrCreate()
    return local_session(app_name, overrides)


def local_session(app_name: str = "crosschannel", overrides: Mapping[str, str] | None = None) -> SparkSession:
    """Return a local session with the shipped fast profile and the two Delta JARs."""
    _live_in_utc()
    # Workers would otherwise take the system's python3, which has none of the packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName(app_name)
    properties = read_properties(shipped_conf("spark/local.conf")) | _from_environment() | dict(overrides or {})
    properties[JVM_OPTIONS] = f"{properties.get(JVM_OPTIONS, '')} -Dlog4j2.configurationFile={shipped_conf('spark/log4j2.properties').resolve().as_uri()}"
    for name, value in properties.items():
        builder = builder.config(name, value)
    spark = builder.config("spark.jars", ",".join(str(p) for p in jar_paths())).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def forget_call_in_flight() -> None:
    """Let this thread talk to Spark on a connection of its own again, after a call was broken off by a signal.

    The answer to that call is still to come on the old one, and would be taken for the answer to the next.
    """
    gateway: Any = SparkContext._gateway
    if gateway is not None:
        gateway._gateway_client.thread_connection.connection = None


def _live_in_utc() -> None:
    """Put this process, and what it starts, into UTC: moments cross between Python and Spark in the zone of the process, wherever the machine stands."""
    os.environ["TZ"] = "UTC"
    time.tzset()


def read_properties(path: Path) -> dict[str, str]:
    """Read a Spark properties file: a name and a value a line, ``#`` for comments."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def _from_environment() -> dict[str, str]:
    """Let ``CROSSCHANNEL_SPARK_CONF`` (name=value pairs split by ;) tune a laptop without editing files."""
    pairs = [pair.strip() for pair in os.environ.get(FROM_ENVIRONMENT, "").split(";") if pair.strip()]
    if wrong := next((pair for pair in pairs if "=" not in pair), None):
        raise UsageError(f"{FROM_ENVIRONMENT}: {wrong!r} is no name=value pair; write settings like {FROM_ENVIRONMENT}='spark.driver.memory=6g;spark.ui.enabled=true'")
    return dict(pair.split("=", 1) for pair in pairs)
