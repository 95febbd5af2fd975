"""The notebooks run from top to bottom on a small lake, in a kernel of their own."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.jobs.conftest import Small
from tests.support.code import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.whole_chain
@pytest.mark.filterwarnings("ignore")  # the kernel's own machinery warns; the notebook's errors still fail
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_runs_on_published_tables(path: Path, small_lake: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCHANNEL_LAKE", small_lake.lake)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    assert any(output.get("data", {}).get("image/png") for cell in notebook.cells for output in cell.get("outputs", []))
