"""Lineage as MLflow shows it: the Delta tables a run read, each at its version, as data sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

CONTEXT = "mlflow.data.context"
TAG = "delta_inputs"


def as_datasets(lake: str, versions: Mapping[str, int], context: str) -> list[Any]:
    """Return MLflow's data sets for tables of a lake.

    Parameters
    ----------
    versions
        Delta version by ``layer.table``; one below 0 is of a table that does not exist yet.
    context
        What the run did with them, such as ``training``.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    found = []
    for name, version in sorted(versions.items()):
        if version >= 0:
            place = json.dumps({"path": f"{lake}/{name.replace('.', '/')}", "delta_table_version": version})
            found.append(DatasetInput(Dataset(name, f"v{version}", "delta_table", place), [InputTag(CONTEXT, context)]))
    return found


def as_text(versions: Mapping[str, int]) -> str:
    """Return the same as the text of a tag: ``gold.customer_features@3, ...``."""
    return ", ".join(f"{name}@{version}" for name, version in sorted(versions.items()) if version >= 0)
