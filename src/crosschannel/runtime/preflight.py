"""Look at the machine before Spark starts: every refusal is one sentence and its fix."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from crosschannel.errors import PreflightError
from crosschannel.io.session import UNDER_SPARK_SUBMIT

TESTED_PAIR = {"pyspark": "4.1.4", "delta-spark": "4.4.0"}
JAVA = 17
MIN_FREE_BYTES = 2 * 1024**3  # Spark's spill and Delta's new files


def preflight(lake: str) -> None:
    """Refuse a machine the suite was not tested on.

    Raises
    ------
    PreflightError
        Java is missing or of another version, the engine pair is untested, pandas is 3 or later,
        workers would use another Python, or the disk is full.
    """
    for problem in (java_problem(), engine_problem(), pandas_problem(), worker_problem(), disk_problem(lake)):
        if problem:
            raise PreflightError(problem)


def java_problem() -> str | None:
    """Say what is wrong with Java."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).is_file():
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "no java is on the PATH"
        return f"Java was not found: {where}; install Java {JAVA} (a JRE is enough) and set JAVA_HOME to it"
    output = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = java_version(output.stderr + output.stdout)
    if version != JAVA:
        return f"Java {version or 'of unknown version'} at {java} is not supported; install Java {JAVA} and set JAVA_HOME to it"
    return None


def java_version(text: str) -> int | None:
    """Read the major version from the output of ``java -version``."""
    match = re.search(r'version "(\d+)(?:\.(\d+))?', text)
    if match is None:
        return None
    return int(match[2]) if match[1] == "1" and match[2] else int(match[1])


def engine_problem() -> str | None:
    """Say which package is not of the pair that was tested together."""
    for package, tested in TESTED_PAIR.items():
        found = _installed(package)
        if found != tested:
            wanted = " ".join(f"{name}=={version}" for name, version in TESTED_PAIR.items())
            return f"{package} {found or 'is missing and'} was not tested here; install the tested pair: pip install {wanted}"
    return None


def pandas_problem() -> str | None:
    """Say if pandas is too new: from 3 on missing strings silently become values in Arrow exchange."""
    found = _installed("pandas")
    if found is None or int(found.split(".")[0]) >= 3:
        return f"pandas {found or 'is missing and'} is not supported, 3 and later corrupt missing strings; run pip install 'pandas>=2.2,<3'"
    return None


def worker_problem() -> str | None:
    """Say if local workers would run another Python than this one."""
    chosen = os.environ.get("PYSPARK_PYTHON")
    if chosen is None or UNDER_SPARK_SUBMIT in os.environ:
        return None  # set by the session, or by whoever submitted
    found = shutil.which(chosen)
    if found is None or Path(found).absolute() != Path(sys.executable).absolute():
        return f"PYSPARK_PYTHON is {chosen}, so workers would not use {sys.executable}; unset PYSPARK_PYTHON or set it to that path"
    return None


def disk_problem(lake: str) -> str | None:
    """Say if the disk of a local lake has no room; other storage is not looked at."""
    if "://" in lake:
        return None
    folder = Path(lake).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        return f"only {free / 1024**3:.1f} GB are free at {folder}; free at least {MIN_FREE_BYTES // 1024**3} GB or choose another --lake"
    return None


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return _of_spark() if package == "pyspark" else None


def _of_spark() -> str | None:
    """Return the version of the Python side that a Spark distribution brings, which no installer recorded."""
    return str(importlib.import_module("pyspark").__version__) if importlib.util.find_spec("pyspark") else None
