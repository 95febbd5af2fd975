"""How much memory this machine has to spare."""

from __future__ import annotations

from pathlib import Path

MEMINFO = Path("/proc/meminfo")


def free_memory_bytes() -> int | None:
    """Return what may be taken without swapping; ``None`` where the system does not say."""
    if not MEMINFO.exists():
        return None
    found = [line.split()[1] for line in MEMINFO.read_text(encoding="ascii").splitlines() if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None
