"""The key of the pseudonyms comes from the environment or a file, and no message repeats it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.exprs.hashing import key_id
from crosschannel.runtime.secrets import pseudonym_key, pseudonym_keys
from crosschannel.settings.identity import Pseudonyms

pytestmark = pytest.mark.fault(27)

NOW, FORMER = "the present key of the tests", "a former key of the tests"
PRIVATE = Pseudonyms(key_env="TEST_KEY")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEST_KEY_FILE", str(tmp_path / "keys"))
    return tmp_path / "keys"


def test_the_present_key_stands_first_in_the_file_and_former_ones_below(file: Path) -> None:
    file.write_text(f"{NOW}\n\n{FORMER}\n", encoding="utf-8")
    assert pseudonym_keys(PRIVATE) == (NOW.encode(), FORMER.encode())
    assert pseudonym_key(PRIVATE) == NOW.encode()


def test_a_variable_wins_over_the_public_key_of_a_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", NOW)
    assert pseudonym_keys(Pseudonyms(key_env="TEST_KEY", public_key="public and therefore worthless")) == (NOW.encode(),)


@pytest.mark.parametrize(("text", "said"), [("", "holds no key"), ("short\n", "shorter than 16 bytes"), (None, "cannot be read")])
def test_a_file_without_a_proper_key_is_refused(file: Path, text: str | None, said: str) -> None:
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        pseudonym_key(PRIVATE)


def test_two_places_are_refused_and_no_message_repeats_a_key(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(NOW, encoding="utf-8")
    monkeypatch.setenv("TEST_KEY", FORMER)
    with pytest.raises(UsageError, match="both TEST_KEY and TEST_KEY_FILE are set") as error:
        pseudonym_key(PRIVATE)
    assert FORMER not in str(error.value)


def test_the_name_of_a_key_tells_it_from_others_and_is_no_part_of_it() -> None:
    assert key_id(NOW.encode()) != key_id(FORMER.encode())
    assert key_id(NOW.encode()) == key_id(NOW.encode())
    assert len(key_id(NOW.encode())) == 12
