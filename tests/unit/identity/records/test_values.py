"""Values that differ only in how they were typed have one spelling."""

import pytest

from crosschannel.identity.records.values import cleaned
from crosschannel.settings.records import Attribute


@pytest.mark.parametrize(
    ("kind", "typed", "clean"),
    [
        ("given_name", "  José-María ", "jose maria"),
        ("surname", "O'Brien", "obrien"),
        ("surname", "STRASSE", "strasse"),
        ("surname", "Straße", "strasse"),
        ("surname", "Ｓｍｉｔｈ", "smith"),
        ("full_name", "Smith, Dr. Anna", "anna dr smith"),
        ("email", " Anna.Smith@Example.COM ", "anna.smith@example.com"),
        ("phone", "020 7946 0018", "+442079460018"),
        ("phone", "+44 20 7946 0018", "+442079460018"),
        ("postcode", "sw1a 1aa", "sw1a1aa"),
        ("id", "AB-12 34", "ab1234"),
        ("list", "Golf; chess,GOLF", "chess\x1fgolf"),
        ("text", " -- ", ""),
    ],
)
def test_a_value_has_one_spelling(kind: str, typed: str, clean: str) -> None:
    assert cleaned(typed, Attribute(kind=kind, region="GB")) == clean  # type: ignore[arg-type]
