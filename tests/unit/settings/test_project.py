"""What is wrong between the files of a project is named with file and line too."""

import shutil
from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.project import Project, channels_in
from crosschannel.shipped import shipped_conf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_conf("demo"), tmp_path / "demo"))


def mended(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_namespace_nobody_declares_is_refused_with_its_line_and_the_nearest(folder: Path) -> None:
    mended(folder / "sources/sms.yaml", "namespace: phone", "namespace: phon")
    with pytest.raises(UsageError, match=r"sms\.yaml:19: identifiers\.0\.namespace: 'phon' is not declared in identity\.yaml; .*did you mean phone\?"):
        _ = Project(folder).sources


@pytest.mark.parametrize("given", ["marketing", "profilin"])  # the first is decided by channel
def test_a_purpose_of_a_namespace_must_be_one_without_channels_that_consent_declares(folder: Path, given: str) -> None:
    mended(folder / "identity.yaml", "    kind: device", f"    purposes: [{given}]\n    kind: device")
    with pytest.raises(UsageError, match=rf"identity\.yaml:\d+: namespaces\.card_token\.purposes\.0: '{given}' is no purpose without channels .* choose from profiling"):
        _ = Project(folder).stitching


def test_consent_is_part_of_stitching_only_if_a_namespace_asks_for_it(folder: Path) -> None:
    assert not Project(folder).stitching.consent.purposes
    mended(folder / "identity.yaml", "    kind: device", "    purposes: [profiling]\n    kind: device")
    told = Project(folder).stitching
    assert told.needed == {"card_token": ("profiling",)}
    assert "profiling" in told.consent.purposes


def test_a_purpose_without_any_consent_file_is_refused(folder: Path) -> None:
    (folder / "consent.yaml").unlink()
    mended(folder / "identity.yaml", "    kind: device", "    purposes: [profiling]\n    kind: device")
    with pytest.raises(UsageError, match=r"'profiling' is no purpose without channels in consent\.yaml; there is nothing to choose from"):
        _ = Project(folder).stitching


def test_two_files_of_one_source_are_refused_with_both_names(folder: Path) -> None:
    mended(folder / "sources/web.yaml", "source: web", "source: app")
    with pytest.raises(UsageError, match=r"web\.yaml:2: source: 'app' is declared in app\.yaml already"):
        _ = Project(folder).sources


def test_a_project_without_identities_may_still_take_files_in(folder: Path) -> None:
    (folder / "identity.yaml").unlink()
    assert len(Project(folder).sources.sources) == 8


def test_channels_are_found_wherever_a_feature_names_them() -> None:
    written = {"behaviour": [{"channel": ["web"], "where": {"channel": "kiosk"}}], "x": {"all": [{"channel": ["app", "tv"]}]}, "channel": None}
    assert channels_in(written) == {"web", "kiosk", "app", "tv"}
