import hashlib
from pathlib import Path

import pytest

from crosschannel.errors import PreflightError
from crosschannel.io import jars
from crosschannel.io.jars import fetch_jars, jar_folder, jar_paths, kafka_jar_paths


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two small files, pinned in place of the JARs."""
    monkeypatch.setenv("CROSSCHANNEL_JARS", str(tmp_path))
    for name in ("one.jar", "two.jar"):
        (tmp_path / name).write_bytes(name.encode())
    monkeypatch.setattr(jars, "JARS", {name: jars._sha256(tmp_path / name) for name in ("one.jar", "two.jar")})
    return tmp_path


def test_the_pinned_files_are_taken_from_the_named_folder(folder: Path) -> None:
    assert jar_paths() == [folder / "one.jar", folder / "two.jar"]


def test_a_missing_file_is_refused_with_the_command_that_fetches_it(folder: Path) -> None:
    (folder / "two.jar").unlink()
    with pytest.raises(PreflightError, match="two.jar is not in .*run `make jars`"):
        jar_paths()


def test_a_file_with_other_content_is_refused(folder: Path) -> None:
    (folder / "one.jar").write_bytes(b"other")
    with pytest.raises(PreflightError, match="not the pinned file"):
        jar_paths()


def test_nothing_is_fetched_when_both_files_are_there(folder: Path) -> None:
    assert fetch_jars() == jar_paths()


def test_without_a_name_the_folder_is_that_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CROSSCHANNEL_JARS", raising=False)
    assert jar_folder().name == ".jars"
    assert (jar_folder().parent / "pyproject.toml").is_file()


def test_the_reader_of_topics_is_used_when_it_was_fetched_and_never_asked_for_otherwise(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"reader"
    monkeypatch.setattr(jars, "KAFKA_JARS", {"reader.jar": hashlib.sha256(content).hexdigest()})
    assert jar_paths() == [folder / "one.jar", folder / "two.jar"]
    with pytest.raises(PreflightError, match="reader.jar is not in .*run `crosschannel jars --kafka`"):
        kafka_jar_paths()
    (folder / "reader.jar").write_bytes(content)
    assert jar_paths() == [folder / "one.jar", folder / "two.jar", folder / "reader.jar"]
    (folder / "reader.jar").write_bytes(b"another")
    with pytest.raises(PreflightError, match="not the pinned file"):
        jar_paths()
