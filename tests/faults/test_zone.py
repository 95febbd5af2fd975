"""A machine in another time zone: a moment stays the moment it is, and a run ends in the same rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crosschannel.contracts.silver import Events
from crosschannel.io.lake import Lake
from crosschannel.runtime.as_of import last_full_day
from tests.faults.processes import asked, data_of, ended, environment, met
from tests.support.code import ROOT

pytestmark = [pytest.mark.long, pytest.mark.fault(24)]
NEW_YORK = "America/New_York"
# Half past two on the day clocks went forward there: a moment that New York never had.
ROUND_TRIP = """
import datetime as dt
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.clock import utc_now
from crosschannel.io.session import open_session
spark = open_session("zone")
moment = dt.datetime(2026, 3, 8, 2, 30)
frame = frame_of(spark, [(moment,)], "t timestamp")
print("moment", frame.collect()[0].t == moment, frame.select(frame.t.cast("string")).collect()[0][0], abs(utc_now() - dt.datetime.now()).seconds)
spark.stop()
"""


def test_a_moment_crosses_between_python_and_spark_unchanged():
    done = subprocess.run([sys.executable, "-c", ROUND_TRIP], cwd=ROOT, env=environment(TZ=NEW_YORK), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "moment True 2026-03-08 02:30:00 0"


def test_a_run_in_another_zone_ends_in_the_same_rows_and_days(spark, logs, undisturbed, tmp_path: Path):
    out = ended(met(*asked("run", logs, tmp_path / "lake", "stitch_identities")), TZ=NEW_YORK)
    assert out.code == 0, out.err
    lake = Lake(spark, str(tmp_path / "lake"))
    assert data_of(lake) == undisturbed
    newest = max(r.event_date for r in lake.read(Events.contract).select(Events.event_date).collect())
    assert (newest - last_full_day(lake)).days in {0, 1}
