"""Peers of ingest, each a process of its own: what others do with the same files and the same fields.

    python -m benchmarks.ingest_peers spark --raw DIR --out DIR
    python -m benchmarks.ingest_peers duckdb --raw DIR --out DIR

Both read every source with the fields of its contract as text and write Parquet. Neither checks a
rule, keeps what it cannot read, hashes a file, finds a duplicate or could be run twice. The seconds
are those after the engine has started.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measuring import CORES
from crosschannel.io.session import local_session
from crosschannel.settings.project import Project
from crosschannel.settings.sources import Source
from crosschannel.shipped import shipped_conf

Fields = Mapping[str, Any]  # names on one level of a record; a text or the fields below


def main() -> None:
    """Run one peer and print its seconds and rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("peer", choices=sorted(PEERS))
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    print(json.dumps(PEERS[given.peer](Project(shipped_conf("demo")).sources.sources, given.raw, given.out)))


def by_spark(sources: tuple[Source, ...], raw: Path, out: Path) -> dict[str, float]:
    """Read and write with bare Spark, in the same kind of session."""
    spark = local_session("peer")
    spark.range(1).count()
    started = time.monotonic()
    for source in sources:
        reader = spark.read.schema(as_ddl(fields_of(source))) if source.format == "json_lines" else spark.read
        options = {"header": "true", "delimiter": source.delimiter, "escape": '"'} if source.format == "csv" else {}
        frame = reader.format({"json_lines": "json"}.get(source.format, source.format)).options(**options).load(str(raw / str(source.path)))
        frame.write.parquet(str(out / source.source))
    seconds = time.monotonic() - started
    rows = sum(spark.read.parquet(str(out / source.source)).count() for source in sources)
    spark.stop()
    return {"seconds": seconds, "rows": rows}


def by_duckdb(sources: tuple[Source, ...], raw: Path, out: Path) -> dict[str, float]:
    """Read and write with DuckDB on as many threads as there are cores."""
    duckdb: Any = importlib.import_module("duckdb")
    connection = duckdb.connect(config={"threads": CORES})
    started, rows = time.monotonic(), 0
    for source in sources:
        files = str(raw / str(source.path))
        if source.format == "json_lines":
            columns = ", ".join(f"'{name}': '{as_duckdb(below)}'" for name, below in fields_of(source).items())
            scan = f"read_json('{files}', format = 'newline_delimited', ignore_errors = true, columns = {{{columns}}})"
        else:
            scan = f"read_csv('{files}', delim = '{source.delimiter}', header = true, all_varchar = true, ignore_errors = true, union_by_name = true)"
        rows += _copied(connection, scan, out / source.source)
    return {"seconds": time.monotonic() - started, "rows": rows}


def _copied(connection: Any, scan: str, target: Path) -> int:
    return int(connection.execute(f"COPY (SELECT * FROM {scan}) TO '{target}.parquet' (FORMAT parquet)").fetchone()[0])


def fields_of(source: Source) -> dict[str, Any]:
    """Return the names a record of the source is read by, as a tree."""
    tree: dict[str, Any] = {}
    for name in source.fields:
        *parents, last = source.path_of(name).split(".")
        level = tree
        for parent in parents:
            level = level.setdefault(parent, {})
        level[last] = "text"
    return tree


def as_ddl(fields: Fields) -> str:
    """Return fields as a Spark schema of texts."""
    return ", ".join(f"`{name}` {_as_type(below)}" for name, below in fields.items())


def _as_type(below: Any) -> str:
    return f"struct<{', '.join(f'`{n}`: {_as_type(b)}' for n, b in below.items())}>" if isinstance(below, dict) else "string"


def as_duckdb(below: Any) -> str:
    """Return a field's type as DuckDB spells it."""
    return f"STRUCT({', '.join(f'{n} {as_duckdb(b)}' for n, b in below.items())})" if isinstance(below, dict) else "VARCHAR"


PEERS: dict[str, Callable[[tuple[Source, ...], Path, Path], dict[str, float]]] = {"spark": by_spark, "duckdb": by_duckdb}

if __name__ == "__main__":
    main()
