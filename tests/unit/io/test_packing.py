import os
import tarfile
import zipfile
from pathlib import Path

from crosschannel.io.packing import sha256_of, write_tar, write_zip


def test_an_archive_does_not_know_when_and_where_it_was_made(tmp_path: Path) -> None:
    digests = set()
    for number, folder in enumerate((tmp_path / "a", tmp_path / "b")):
        folder.mkdir()
        for name in ("one.py", "two.py"):
            (folder / name).write_text(name)
            os.utime(folder / name, (number * 1e6, number * 1e6))
        (folder / "two.py").chmod(0o700 if number else 0o755)
        (folder / "one.py").chmod(0o600 if number else 0o664)
        names = ("one.py", "two.py") if number else ("two.py", "one.py")
        tar = write_tar(folder / "x.tar", ((f"p/{n}", folder / n) for n in names))
        packed = write_zip(folder / "x.zip", {f"p/{n}": (folder / n).read_bytes() for n in names})
        digests.add((sha256_of(tar), sha256_of(packed)))
    assert len(digests) == 1


def test_an_archive_holds_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("true")
    (tmp_path / "run.sh").chmod(0o755)
    with tarfile.open(write_tar(tmp_path / "x.tar", [("bin/run.sh", tmp_path / "run.sh")])) as archive:
        entry = archive.getmember("bin/run.sh")
        assert (entry.mode, entry.uid, entry.uname, entry.mtime) == (0o755, 0, "", 0)
        assert archive.extractfile(entry).read() == b"true"  # type: ignore[union-attr]
    with zipfile.ZipFile(write_zip(tmp_path / "x.zip", {"b": b"2", "a": b"1"})) as packed:
        assert packed.namelist() == ["a", "b"]
        assert packed.read("b") == b"2"
