"""Examples of refused records explain the reason and show nobody."""

import json

import pytest

from crosschannel.drafting.masking import shown
from crosschannel.settings.sources import Source
from tests.jobs.intake import SHOP, TEXTS

PEOPLE = Source.model_validate_json(json.dumps(SHOP | {"fields": SHOP["fields"] | {"surname": {"personal": True}, "page": {"path": "where.page"}}}))
MESSAGES = Source.model_validate_json(json.dumps(TEXTS))
RAW = json.dumps(
    {"id": "s1", "at": "2026-02-30", "total": "12,5o", "email": "ann.miller@example.com", "surname": "Miller", "shelf": "call +44 7946 000001", "where": {"page": "ann@example.com at 12"}}
)


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("type:total", "total = 12,5o"),
        ("time_unreadable", "at = 2026-02-30"),
        ("type:email", "email = x.x@x.x"),
        ("type:surname", "surname = x"),
        ("type:shelf", "shelf = call <number>"),
        ("type:page", "page = <e-mail> at 12"),
        ("missing:phone", "phone has no value"),
    ],
)
def test_the_field_of_the_reason_is_shown_masked(reason, says):
    assert shown(RAW, reason, PEOPLE) == says


@pytest.mark.parametrize("raw", ['{"id": "s1", "email": "ann.miller@example.com", "surname": "Mil', 'Ann Miller;07946 000001;"', "[1]", ""])
def test_a_record_that_cannot_be_read_is_shown_by_its_shape(raw):
    said = shown(raw, "unreadable", PEOPLE)
    assert not any(word in said for word in ("ann", "iller", "Mil", "079", "example"))
    assert ('"email": "x.x@x.x"' in said) == ("email" in raw)


def test_a_record_that_is_no_text_is_not_shown():
    assert shown("base64:QW5uIE1pbGxlcg==", "not_utf8", PEOPLE) == "bytes that are no text"


def test_a_csv_record_is_read_by_its_header():
    header = ("sid", "status", "to", "from", "sent")
    assert shown("m1,zorp,+447946000001,Shop,2026-01-05 10:00", "unmapped_verb", MESSAGES, header) == "status = zorp"
    assert shown("m1,zorp,+447946000001,Shop,2026-01-05 10:00", "type:to", MESSAGES, header) == "to = +0"
    assert "7946" not in shown("m1,zorp,+447946000001", "type:to", MESSAGES, header)


def test_a_long_record_is_cut():
    assert len(shown('{"a": ' * 5000, "unreadable", PEOPLE)) <= 110


def test_a_value_inside_a_json_text_is_shown_alone():
    told = Source.model_validate_json(json.dumps(TEXTS | {"fields": TEXTS["fields"] | {"age": {"path": "more", "inside": "a.age", "type": "bigint"}}}))
    raw = '1,sent,x,y,2026-01-05 10:00,"{""a"": {""age"": ""ten""}, ""name"": ""Ann""}"'
    header = ("sid", "status", "to", "from", "sent", "more")
    assert shown(raw, "type:age", told, header) == "age = ten"
    assert shown(raw.replace("age", "old"), "missing:age", told, header) == "age has no value"
