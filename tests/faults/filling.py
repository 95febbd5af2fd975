"""A run on a disk that fills up, in a mount namespace of its own: ``unshare -rm python -m tests.faults.filling FOLDER RAW lake|scratch POINT``.

Before POINT the mount is filled to the last block. The run fails; then there is room again, and it is resumed.
Says what came of it as JSON; the lake is copied to ``FOLDER/lake``, since the mount is gone with this process.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from crosschannel.io.leftovers import named_in
from tests.faults.processes import asked, ended, met

SIZE = "300m"  # of the mount: most of it is the filler


def main() -> None:
    """Mount, run, look, make room, resume, run again."""
    folder, raw, where, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    small = folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(small)], check=True)
    lake = (small if where == "lake" else folder) / "lake"
    scratch = {"SPARK_LOCAL_DIRS": str(small)} if where == "scratch" else {}
    first = ended(met(*asked("run", raw, lake), action="fill", point=point), FILLED=str(small / "filler"), **scratch)
    left = {"/".join(table.parts[-2:]): unnamed(table) for table in sorted(p.parent for p in lake.glob("*/*/_delta_log"))}
    (small / "filler").unlink()
    resumed = ended(met(*asked("resume", None, lake, None)), **scratch)
    again = ended(met(*asked("run", raw, lake)), **scratch)
    if where == "lake":
        shutil.copytree(lake, folder / "lake")
    said = {"first": first.code, "words": first.err[-2000:], "left": left, "resumed": resumed.code, "why": resumed.err[-2000:], "again": again.code}
    print(json.dumps(said), flush=True)


def unnamed(table: Path) -> list[str]:
    """Return the data files of a table that no commit names."""
    named = {name for commit in (table / "_delta_log").glob("*.json") for name in named_in(commit.read_text(encoding="utf-8"))}
    files = (p.relative_to(table) for p in table.rglob("*.parquet"))
    return sorted(str(f) for f in files if str(f) not in named and f.parts[0] != "_delta_log")


if __name__ == "__main__":
    main()
