"""Installed packages as pip recorded them: which are needed, and which of their files run."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePath

from crosschannel.errors import PreflightError

OF_SPARK = {"pyspark", "py4j"}  # Spark brings its own Python side
LEFT_OUT_FOLDERS = {"tests", "__pycache__", "include", "testing_data"}
LEFT_OUT_SUFFIXES = {".pyi", ".h", ".hpp", ".pxd", ".pyx", ".a"}
OF_ONE_MACHINE = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json"}  # how pip came to install it here
NAME = re.compile(r"^[A-Za-z0-9._-]+")
CONDITION = re.compile(r";.*")


def packages_of(requirements: Iterable[str], without: Collection[str]) -> list[Distribution]:
    """Return the installed packages that requirements ask for, and what those require, by name.

    Raises
    ------
    PreflightError
        A requirement without a condition is not installed.
    """
    found: dict[str, Distribution] = {}
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonical_name(requirement)
        if name in found or name in without:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            if CONDITION.search(requirement):
                continue  # required on another platform only
            raise PreflightError(f"{name} is required and not installed here: run `make setup`, or install the package again") from None
        waiting += [r for r in found[name].requires or () if "extra ==" not in r]
    return [found[name] for name in sorted(found)]


def files_of(packages: Iterable[Distribution]) -> Iterator[tuple[str, Path]]:
    """Return the files of packages that run, by their place under the folder of packages."""
    for package in packages:
        for file in package.files or ():
            source = Path(str(package.locate_file(file)))
            if runs(file) and source.is_file():
                yield str(file), source


def runs(file: PurePath) -> bool:
    """Tell whether a recorded file is code, or data beside it; tests, headers, scripts and traces of this machine stay behind."""
    inside = not file.is_absolute() and ".." not in file.parts
    return inside and not LEFT_OUT_FOLDERS & set(file.parts) and file.suffix not in LEFT_OUT_SUFFIXES and file.name not in OF_ONE_MACHINE


def canonical_name(requirement: str) -> str:
    """Return the package of a requirement, named as indexes compare it."""
    match = NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", match.group()).lower() if match else ""
