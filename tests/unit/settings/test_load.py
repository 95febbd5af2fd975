from datetime import date
from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.load import MAX_BYTES, load_settings, read_yaml
from crosschannel.settings.strict import Settings


class Window(Settings):
    days: int
    names: tuple[str, ...] = ()
    start: date | None = None


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "window.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_fills_a_tuple_and_a_text_fills_a_date(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "days: 30\nnames: [web, app]\nstart: '2026-01-05'\n"), Window)
    assert settings == Window(days=30, names=("web", "app"), start=date(2026, 1, 5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("days: '30'\n", "days: Input should be a valid integer"),
        ("days: 30\ndayz: 1\n", r"window.yaml:2: dayz: unknown key; choose from days, names, start; did you mean days\?"),
        ("names: []\n", "days: Field required"),
        ("days: 30\nnames: [no]\n", r"names.0: Input should be a valid string"),
        ("- 1\n", "file: "),
        ("", "file: "),
    ],
    ids=["no coercion", "no extra field", "a required field", "a bare no is false", "not a mapping", "empty"],
)
def test_what_does_not_fit_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        load_settings(written(tmp_path, text), Window)
    assert "window.yaml" in str(refusal.value)


def test_all_that_does_not_fit_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        load_settings(written(tmp_path, "days: x\nnames: y\nmore: z\n"), Window)
    assert all(f"window.yaml:{line}: {field}: " in str(refusal.value) for line, field in enumerate(("days", "names", "more"), 1))


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"key 'days' stands twice(.|\n)*line 2"):
        read_yaml(written(tmp_path, "days: 1\ndays: 2\n"))


def test_aliases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="aliases are not allowed"):
        read_yaml(written(tmp_path, "a: &a [1]\nb: *a\n"))


def test_tags_that_would_build_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not readable as YAML"):
        read_yaml(written(tmp_path, "a: !!python/object/apply:os.system ['true']\n"))


def test_broken_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not readable as YAML"):
        read_yaml(written(tmp_path, "a: [1\n"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such settings file"):
        read_yaml(tmp_path / "none.yaml")


def test_a_file_no_person_wrote_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="larger than"):
        read_yaml(written(tmp_path, "# " + "x" * MAX_BYTES))
