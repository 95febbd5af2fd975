"""The package as a wheel: built from a checkout, or put together again from what a wheel installed."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

from crosschannel.errors import PreflightError
from crosschannel.io.installed import runs
from crosschannel.io.packing import write_zip
from crosschannel.shipped import checkout

PACKAGE = "crosschannel"
REQUIREMENT = re.compile(r"^Requires-Dist: (.+)$", re.MULTILINE)


def write_wheel(folder: Path) -> Path:
    """Write the wheel of this package into a folder; the same sources give the same bytes."""
    root = checkout()
    return _built(root, folder) if root else _put_together(distribution(PACKAGE), folder)


def requirements_in(wheel: Path) -> list[str]:
    """Return what a wheel requires, but for its extras."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    return [r for r in REQUIREMENT.findall(text.split("\n\n")[0]) if "extra ==" not in r]


def _built(root: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.absolute())]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PreflightError(f"the wheel could not be built ({done.stderr.strip().splitlines()[-1:]}): run `make setup`, which installs hatchling")
    return next(folder.glob("*.whl"))


def _put_together(installed: Distribution, folder: Path) -> Path:
    recorded = {str(file): Path(str(installed.locate_file(file))) for file in installed.files or () if runs(file)}
    entries = {name: path.read_bytes() for name, path in recorded.items()}
    record = f"{PACKAGE}-{installed.version}.dist-info/RECORD"
    return write_zip(folder / f"{PACKAGE}-{installed.version}-py3-none-any.whl", entries | {record: _record(entries, record).encode()})


def _record(entries: Mapping[str, bytes], own: str) -> str:
    digests = {name: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode() for name, content in entries.items()}
    return "".join(f"{name},sha256={digests[name]},{len(entries[name])}\n" for name in sorted(entries)) + f"{own},,\n"
