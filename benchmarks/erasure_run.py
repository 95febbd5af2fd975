"""Erase one person from a copy of a lake, and state how long it took and how many bytes were written anew.

    python -m benchmarks.erasure_run --lake var/bench/10000000/lake --out var/bench-erasure --write docs/benchmarks-erasure.md

The lake stays as it is. The person is one with as many events as half of all identified customers have at most,
chosen by the lake's content alone; nothing that is printed or written names them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from benchmarks.measuring import Measured, machine, measured
from benchmarks.report import GIB, table
from crosschannel.cli.actions import project_of
from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.ops import Files
from crosschannel.contracts.silver import IdentityMap
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.io.staging import staging
from crosschannel.jobs.erase import what_is_held
from crosschannel.jobs.person import PERSON, Node, find_person, named_identifier
from crosschannel.settings.project import Project

COMMAND = (sys.executable, "-m", "crosschannel", "erase")
TRIED, SHOWN = 20, 12


@dataclass(frozen=True)
class Chosen:
    """Whom to erase, and what the lake is like."""

    identifier: str
    facts: dict[str, int]
    project: Path


def main() -> None:
    """Copy, choose, erase, measure; print the page and write it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--conf", type=Path, help="project of the lake; that of its newest run if not given")
    parser.add_argument("--out", type=Path, default=Path("var/bench-erasure"))
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    copy, receipt = given.out / "lake", given.out / "receipt.json"
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(given.lake), str(copy)], check=True)
    chosen = choose(copy, given.conf)
    asked = ["--lake", str(copy), "--conf", str(chosen.project), "--identifier", chosen.identifier]
    size, before = folder_bytes(copy), versions(copy)
    counting = unnamed([*asked, "--dry-run"])
    erasing = unnamed([*asked, "--receipt", str(receipt)])
    told = json.loads(receipt.read_text(encoding="utf-8"))
    result = {
        "command": f"python -m benchmarks.erasure_run --lake {given.lake}", "taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "facts": chosen.facts,
        "lake_bytes": size, "lake_bytes_after": folder_bytes(copy), "written": written_since(copy, before), "rows_deleted": told["rows_deleted"],
        "searched": told["searched"], "state": told["state"], "models": len(told["models"]),
        "seconds": {"dry run": round(counting.seconds, 1), "erasure": round(erasing.seconds, 1)}, "peak_bytes": erasing.peak_bytes,
    }  # fmt: skip
    (given.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(copy)
    if given.write:
        given.write.write_text(to_page(result), encoding="utf-8")
    print(to_page(result))


def unnamed(arguments: list[str]) -> Measured:
    """Run the command; an error names neither its arguments nor what it said, for both may name the person."""
    try:
        return measured([*COMMAND, *arguments])
    except SystemExit:
        raise SystemExit("crosschannel erase did not end as it should: run it by hand on a copy of the lake to see why") from None


def choose(folder: Path, conf: Path | None) -> Chosen:
    """Return somebody as busy as the median customer who bears an identifier of people."""
    spark = local_session("benchmark")
    try:
        lake = Lake(spark, str(folder))
        project = project_of(conf, lake)
        members = lake.read(IdentityMap.contract).where(F.col(IdentityMap.is_identified))
        people = members.groupBy(IdentityMap.customer_id).agg(F.sum(IdentityMap.event_count).alias(IdentityMap.event_count))
        ((count, median),) = people.agg(F.count("*"), F.percentile_approx(IdentityMap.event_count, 0.5)).collect()
        near = people.orderBy(F.abs(F.col(IdentityMap.event_count) - median), IdentityMap.customer_id).limit(TRIED).collect()
        records = lake.read(Files.contract).agg(F.sum(Files.rows_in)).collect()[0][0]
        facts = {"records": int(records), "events": lake.read(RawEvents.contract).count(), "identified customers": int(count)}
        for customer, events in near:
            if found := identifier_of(lake, project, str(customer)):
                return Chosen(found, facts | {"events of the person's identifiers": int(events)}, project.folder)
    finally:
        spark.stop()
    raise SystemExit(f"{folder}: none of {TRIED} customers bears an identifier of people in a form that raw records hold")


def identifier_of(lake: Lake, project: Project, customer: str) -> str | None:
    """Return an identifier of a customer as its raw records spell it, for the command line."""
    mine = lake.read(IdentityMap.contract).where((F.col(IdentityMap.customer_id) == customer) & (F.col(IdentityMap.kind) == PERSON))
    rows = mine.orderBy(IdentityMap.namespace, IdentityMap.node_key).collect()  # one person's
    for row in rows:
        node = Node(row[IdentityMap.node_key], row[IdentityMap.namespace], row[IdentityMap.kind], row[IdentityMap.identifier_hash])
        with staging() as keep:
            _, values = what_is_held(lake, project, find_person(lake, node), (), keep)
        spelled = (f"{node.namespace}:{text}" for text in sorted(values.get(node.identifier_hash, ())))
        if found := next((text for text in spelled if named_identifier(project.identity, text)[0] == node), None):
            return found
    return None


def versions(lake: Path) -> dict[str, int]:
    """Return the newest version of every table under a lake."""
    logs = sorted(lake.rglob("_delta_log"))
    return {str(log.parent.relative_to(lake)): max((int(p.stem) for p in log.glob("*.json") if p.stem.isdigit()), default=-1) for log in logs}


def written_since(lake: Path, before: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Return files and bytes that commits after the given versions added, by table."""
    found = {}
    for name in versions(lake):
        commits = [p for p in (lake / name / "_delta_log").glob("*.json") if p.stem.isdigit() and int(p.stem) > before.get(name, -1)]
        actions = (json.loads(line) for p in commits for line in p.read_text(encoding="utf-8").splitlines())
        sizes = [int(a["add"]["size"]) for a in actions if "add" in a]
        if sizes:
            found[name] = (len(sizes), sum(sizes))
    return found


def folder_bytes(folder: Path) -> int:
    """Return the size of all files under a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def to_page(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    written = sorted(result["written"].items(), key=lambda item: (-item[1][1], item[0]))
    size, rewritten = result["lake_bytes"], sum(found for _, (_, found) in written)
    deleted = ", ".join(f"{name} {rows:,}" for name, rows in sorted(result["rows_deleted"].items()))
    rows = [(name, files, f"{found / 1e6:,.1f}") for name, (files, found) in written[:SHOWN]]
    rest = (
        [(f"{len(written) - SHOWN} more", sum(f for _, (f, _) in written[SHOWN:]), f"{sum(b for _, (_, b) in written[SHOWN:]) / 1e6:,.1f}")]
        if len(written) > SHOWN
        else []
    )
    parts = [
        "# Erasing one person",
        (f"Written by `{result['command']}` on {result['taken']}, on a copy of that lake; every figure comes from that one run. The command is `crosschannel erase` "
        "as a person types it: start of Spark, suppression, deletion, the identity graph solved again, a new release, every older file deleted, every byte searched."),
        table(("", ""), sorted(result["machine"].items())),
        table(("the lake", ""), [*((name, f"{value:,}") for name, value in result["facts"].items()), ("GB on disk", f"{size / 1e9:,.2f}")]),
        table(
            ("erasing the person", ""),
            [
                ("seconds", result["seconds"]["erasure"]), ("seconds of the dry run before", result["seconds"]["dry run"]),
                ("peak memory of all processes, GiB", f"{result['peak_bytes'] / GIB:.1f}"), ("MB written anew", f"{rewritten / 1e6:,.1f}"),
                ("of the lake", f"{rewritten / size:.1%}"), ("GB on disk afterwards", f"{result['lake_bytes_after'] / 1e9:,.2f}"),
                ("files searched", f"{result['searched']['files']:,}"), ("GB searched", f"{result['searched']['bytes'] / 1e9:,.2f}"),
                ("found afterwards", "nothing" if result["state"] == "clean" else "something"), ("models flagged", result["models"]),
            ],
        ),
        f"Rows deleted: {deleted}.",
        table(("written anew", "files", "MB"), rows + rest),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
