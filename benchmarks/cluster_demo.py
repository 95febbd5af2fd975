"""Every job by ``spark-submit`` on a real standalone cluster, compared with a run on this machine.

    python -m benchmarks.cluster_demo --people 800 --days 84 --out var/cluster-demo

Generates logs, runs the chain in one local session, then starts a master and two workers on
loopback, makes a bundle, submits every job of it in the order of the table registry, and compares
every published row. Exit code 0 if all are equal to the last bit.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparing import Compared, compared
from benchmarks.small_project import small_project
from benchmarks.standalone import standalone
from benchmarks.submitting import Submitted, submit
from crosschannel.contracts.serving import PublishedSegments
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.jobs.bundle import bundle
from crosschannel.jobs.chain import JOBS, ORDER
from crosschannel.jobs.generate_logs import generate
from crosschannel.runtime.run import PIPELINE_ID, Place, runner
from crosschannel.settings.project import Project

DIFFERENT = 10  # exit code: published rows differ


@dataclass(frozen=True)
class Size:
    """How many logs to generate."""

    people: int
    days: int
    seed: int


def main() -> None:
    """Parse the arguments, run both ways, print the comparison and end with an exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("var/cluster-demo"))
    parser.add_argument("--people", type=int, default=800)
    parser.add_argument("--days", type=int, default=84)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    sys.exit(0 if demonstrate(given.out.absolute(), Size(given.people, given.days, given.seed)) else DIFFERENT)


def demonstrate(out: Path, size: Size) -> bool:
    """Run the chain locally and on a cluster; tell whether they published the same."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    project = small_project(out)
    run_locally(out, size, project)
    run_on_cluster(out, size, project)
    spark = local_session("comparison")
    try:
        tables = compared(Lake(spark, str(out / "local")), Lake(spark, str(out / "cluster")))
    finally:
        spark.stop()
    return told(tables)


def run_locally(out: Path, size: Size, project: Path) -> None:
    """Generate logs and run the chain in one session on this machine."""
    say(f"generating logs of {size.people:,} people over {size.days} days")
    place = Place(Project(project), str(out / "local"), str(out / "raw"), seed=size.seed)
    with runner(place, lambda _: None) as active:
        generate(active.lake.spark, out=str(out), people=size.people, days=size.days, seed=size.seed, difficulty="standard")
        for name in ORDER:
            outcome = active.run(JOBS[name])
            say(f"local    {name:<18} {outcome.rows:>10,} rows {outcome.seconds:>7.1f} s")


def run_on_cluster(out: Path, size: Size, project: Path) -> None:
    """Submit every job, in order, to a standalone cluster."""
    work = out / "standalone"
    work.mkdir()
    shipment = out / "bundle"
    manifest = bundle(Project(project), shipment, lambda _: None)
    say(f"bundle   {len(manifest['files'])} files, {sum(f['bytes'] for f in manifest['files'].values()) / 1e6:,.1f} MB")
    arguments = ["--conf", str(shipment / "conf" / project.name), "--raw", str(out / "raw"), "--lake", str(out / "cluster"), "--seed", str(size.seed)]
    started = time.monotonic()
    with standalone(work) as cluster:
        say(f"cluster  {cluster.master}: two workers registered after {time.monotonic() - started:.1f} s")
        for name in ORDER:
            done = submit(cluster, shipment, name, arguments, {PIPELINE_ID: "cluster-demo"})
            say(f"cluster  {name:<18} {last_line(done)} (whole submit {done.seconds:.1f} s)")
            if done.code:
                raise SystemExit(f"{name} ended with exit code {done.code}; its log is {done.log}")


def told(tables: list[Compared]) -> bool:
    """Print the comparison; return whether all tables are equal and customers were published at all."""
    say(f"\n{'published table':<28} {'rows':>8}  local against cluster")
    for t in tables:
        verdict = "equal to the last bit" if t.equal else f"{t.only_left:,} and {t.only_right:,} rows differ in {', '.join(t.differing)}"
        say(f"{t.table:<28} {t.rows:>8,}  {verdict}")
    return all(t.equal for t in tables) and any(t.rows for t in tables if t.table == PublishedSegments.contract.name)


def last_line(done: Submitted) -> str:
    """Return what the job said last."""
    return (done.output.strip().splitlines() or ["said nothing"])[-1].split(": ", 1)[-1]


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
