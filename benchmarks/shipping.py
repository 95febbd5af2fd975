"""What a user ships to a cluster whose workers have nothing but Spark and a plain Python.

Two files: the package as a zip for ``--py-files``, and the Python packages that code on workers
imports as a tar for ``--archives``. Neither relies on anything installed on a worker.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePath

import crosschannel

# What functions sent to workers import, directly or by unpickling; their own requirements follow.
ON_WORKERS = ("numpy", "pandas", "pyarrow", "scipy", "scikit-learn", "xgboost-cpu", "pydantic", "PyYAML", "phonenumbers")
NOT_ON_WORKERS = {"pyspark", "py4j", "delta-spark"}  # Spark brings its own Python side
LEFT_OUT_FOLDERS = {"tests", "__pycache__", "include", "testing_data"}
LEFT_OUT_SUFFIXES = {".pyi", ".h", ".hpp", ".pxd", ".pyx", ".a"}
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def packed_package(folder: Path) -> Path:
    """Write the package's source as a zip and return it."""
    root = Path(crosschannel.__file__).parent
    target = folder / "crosschannel.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(root.rglob("*.py")):
            archive.write(file, f"crosschannel/{file.relative_to(root)}")
    return target


def packed_dependencies(folder: Path) -> Path:
    """Write the files of all packages workers need, as pip recorded them, into one tar and return it."""
    target = folder / "deps.tar"
    with tarfile.open(target, "w") as archive:
        for package in needed():
            for file in package.files or ():
                source = Path(str(package.locate_file(file)))
                if is_needed(file) and source.is_file():
                    archive.add(source, str(file))
    return target


def needed() -> list[Distribution]:
    """Return the installed packages workers need, requirements of requirements included, by name."""
    found: dict[str, Distribution] = {}
    waiting = list(ON_WORKERS)
    while waiting:
        name = waiting.pop()
        if canonical(name) in found or canonical(name) in NOT_ON_WORKERS:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # required on another platform only
        found[canonical(name)] = package
        waiting += [match.group() for r in package.requires or () if "extra ==" not in r and (match := NAME.match(r))]
    return [found[name] for name in sorted(found)]


def is_needed(file: PurePath) -> bool:
    """Tell whether a recorded file is code or data that runs; tests, headers and scripts stay behind."""
    inside = not file.is_absolute() and ".." not in file.parts
    return inside and not LEFT_OUT_FOLDERS & set(file.parts) and file.suffix not in LEFT_OUT_SUFFIXES


def canonical(name: str) -> str:
    """Return a package name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
