"""The open data contracts of a release's tables, as files beside it: what each column means, its type, keys, bounds and keep."""

from __future__ import annotations

from collections.abc import Iterable

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.table import Contract
from crosschannel.drafting.odcs_export import table_to_odcs
from crosschannel.io.small_files import Folder
from crosschannel.settings.write import yaml_text

FOLDER = "serving/contracts"  # under the lake; a folder per release


def write_contracts(folder: Folder, tables: Iterable[str], completed: Contract) -> None:
    """Write one contract per table of a release; ``completed`` has the project's own columns too."""
    for name in sorted(tables):
        contract = completed if name == completed.name else CONTRACTS[name]
        folder.write(f"{contract.table}.odcs.yaml", yaml_text(table_to_odcs(contract)))
