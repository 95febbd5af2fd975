"""Put together what a cluster needs, so that its workers need nothing but Spark, Java and a plain Python.

The same sources, packages and JARs give the same bytes: nothing in a bundle knows the time, the user or
the folder it was made in. ``manifest.json`` names every file by its SHA-256, and is written last.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import crosschannel
from crosschannel.errors import UsageError
from crosschannel.io.installed import OF_SPARK, files_of, packages_of
from crosschannel.io.jars import jar_paths
from crosschannel.io.packing import RUNNABLE, sha256_of, write_tar
from crosschannel.io.wheel import requirements_in, write_wheel
from crosschannel.jobs.chain import JOBS, ORDER
from crosschannel.runtime.audit import code_hash
from crosschannel.runtime.preflight import TESTED_PAIR
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

MANIFEST, SUMS, JAR_SUMS = "manifest.json", "SHA256SUMS", "jars/SHA256SUMS"
PACKAGE, ENVIRONMENT, PROJECT = "crosschannel.zip", "deps.tar", "project.tar"
FOLDER = "deps"  # where workers unpack the environment
ON_DRIVERS = {"delta-spark", "mlflow", "rich", "typer"}  # what the driver alone imports
FOR_WORKERS = f"""
# Workers: a plain Python of the driver's minor version, and the packages of {ENVIRONMENT}.
spark.pyspark.python                                       python3
spark.executorEnv.PYTHONPATH                               ./{FOLDER}
spark.executorEnv.PYTHONNOUSERSITE                         1
"""
LAUNCHER = '''"""{purpose}"""

from crosschannel.jobs.{name} import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
'''
Say = Callable[[str], None]


def bundle(project: Project, out: Path, say: Say, *, with_driver: bool = False) -> dict[str, Any]:
    """Write the bundle of a project into ``out``, over one that is there; return its manifest.

    Parameters
    ----------
    with_driver
        The environment also holds what the driver imports, for clusters that run the driver themselves.

    Raises
    ------
    UsageError
        ``out`` holds something else.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / MANIFEST).is_file())):
        raise UsageError(f"{out} is there and is no bundle: give a new or an empty folder with --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as made:
        folder = Path(made) / out.name
        folder.mkdir()
        packed = _fill(project, folder, with_driver=with_driver)
        manifest = _manifest(folder, packed, with_driver=with_driver)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        folder.rename(out)
    for name, facts in manifest["files"].items():
        say(f"{name:<44} {facts['bytes']:>12,} bytes  {facts['sha256'][:12]}")
    return manifest


def _fill(project: Project, folder: Path, *, with_driver: bool) -> list[Distribution]:
    """Write everything but the manifest; return the packages of the environment."""
    wheel = write_wheel(folder)
    shutil.copyfile(wheel, folder / PACKAGE)  # --py-files takes no wheel by that name
    packed = packages_of(requirements_in(wheel), OF_SPARK if with_driver else OF_SPARK | ON_DRIVERS)
    write_tar(folder / ENVIRONMENT, files_of(packed))
    (folder / "jars").mkdir()
    jars = [Path(shutil.copyfile(jar, folder / "jars" / jar.name)) for jar in jar_paths()]
    (folder / JAR_SUMS).write_text(_sums({jar.name: sha256_of(jar) for jar in jars}), encoding="utf-8")
    _add_launchers(folder)
    shutil.copytree(project.folder, folder / "conf" / project.name, ignore=shutil.ignore_patterns("__pycache__"))
    own = sorted(p for p in (folder / "conf").rglob("*") if p.is_file())
    write_tar(folder / PROJECT, ((str(p.relative_to(folder / "conf")), p) for p in own))
    return packed


def _add_launchers(folder: Path) -> None:
    (folder / "spark.conf").write_text(shipped_conf("spark/cluster.conf").read_text(encoding="utf-8") + FOR_WORKERS, encoding="utf-8")
    submit = Path(shutil.copyfile(shipped_conf("spark/submit.sh"), folder / "submit.sh"))
    submit.chmod(RUNNABLE)
    (folder / "jobs").mkdir()
    for name, job in JOBS.items():
        purpose = (job.run.__doc__ or "").strip().splitlines()[0]
        (folder / "jobs" / f"{name}.py").write_text(LAUNCHER.format(name=name, purpose=purpose), encoding="utf-8")
    (folder / "jobs" / "ORDER").write_text("".join(f"{name}\n" for name in ORDER), encoding="utf-8")


def _manifest(folder: Path, packed: list[Distribution], *, with_driver: bool) -> dict[str, Any]:
    """Name every file, and what has to be the same where the bundle is used."""
    named = {str(p.relative_to(folder)): p for p in sorted(folder.rglob("*")) if p.is_file()}
    digests = {name: sha256_of(path) for name, path in named.items()}
    (folder / SUMS).write_text(_sums(digests), encoding="utf-8")
    return {
        "crosschannel": crosschannel.__version__,
        "code": code_hash(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "platform": f"{platform.system()} {platform.machine()}".lower(),
        "engine": dict(TESTED_PAIR),
        "environment": "workers and driver" if with_driver else "workers",
        "packages": {p.name: p.version for p in packed},
        "jobs": list(ORDER),
        "files": {name: {"bytes": path.stat().st_size, "sha256": digests[name]} for name, path in named.items()},
    }


def _sums(digests: dict[str, str]) -> str:
    """Return digests as ``sha256sum --check`` reads them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
