"""Archives whose bytes depend on what they hold alone: no clock, no user, no order of a disk."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can hold
PLAIN, RUNNABLE = 0o644, 0o755


def write_zip(target: Path, entries: Mapping[str, bytes]) -> Path:
    """Write files by their names inside, in order of the names; return the archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, PLAIN << 16
            archive.writestr(entry, entries[name])
    return target


def write_tar(target: Path, files: Iterable[tuple[str, Path]]) -> Path:
    """Write files by their names inside, in order of the names, owned by nobody; return the archive."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, source in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = source.stat().st_size
            entry.mode = RUNNABLE if source.stat().st_mode & 0o100 else PLAIN
            with source.open("rb") as content:
                archive.addfile(entry, content)
    return target


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file of any size."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
