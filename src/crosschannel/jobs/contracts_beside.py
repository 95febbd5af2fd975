"""The open data contracts of a release's tables, as files beside it: what each column means, its type, keys, bounds and keep."""

from __future__ import annotations

from collections.abc import Iterable

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PublishedSegments, score_columns
from crosschannel.drafting.odcs_export import table_to_odcs
from crosschannel.io.small_files import Folder
from crosschannel.settings.write import yaml_text


def write_contracts(folder: Folder, tables: Iterable[str], score_names: Iterable[str]) -> None:
    """Write one contract per table of a release, with the columns of its scores."""
    names = tuple(score_names)
    for name in sorted(tables):
        contract = CONTRACTS[name]
        completed = contract.completed(score_columns(names)) if contract == PublishedSegments.contract else contract
        folder.write(f"{contract.table}.odcs.yaml", yaml_text(table_to_odcs(completed)))
