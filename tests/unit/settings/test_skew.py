"""How far a clock may be ahead is told in words."""

import datetime as dt

import pytest
from pydantic import ValidationError

from tests.spark.ingest.judged import LOG, source


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("1h", 3600), ("2d", 172_800), (None, None)])
def test_a_skew_is_a_number_and_a_unit(text, seconds):
    assert source(time={**LOG["time"], "max_skew": text}).time.skew == (None if seconds is None else dt.timedelta(seconds=seconds))


@pytest.mark.parametrize("text", ["1", "h", "1 h", "-1h", "1w", "1.5h"])
def test_another_skew_is_refused(text):
    with pytest.raises(ValidationError, match="max_skew"):
        source(time={**LOG["time"], "max_skew": text})
