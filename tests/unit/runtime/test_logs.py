import json

import pytest

from crosschannel.runtime.exits import errors_in_words
from crosschannel.runtime.logs import FORMAT_ENV, emit, scrubbed


@pytest.mark.parametrize(
    ("said", "scrub"),
    [
        ("cannot cast 'ann.o+shop@mail.example.co.uk' to int", "cannot cast '<e-mail>' to int"),
        ("value +49 (30) 1234-5678 is no date", "value <phone> is no date"),
        ("row 4111 1111 1111 1111 refused", "row <number> refused"),
        ("near 4915112345678, line 3", "near <number>, line 3"),
        ("from 203.0.113.7 at noon", "from <ip> at noon"),
    ],
)
def test_what_looks_personal_is_scrubbed(said: str, scrub: str) -> None:
    assert scrubbed(said) == scrub


@pytest.mark.parametrize(
    "said",
    [
        "log loss minus that of a logistic regression +0.0012 (-0.0102 to +0.0122)",
        "events rows=775,803 share=0.5",
        "run 20260105T020000-77 began 2026-01-05 02:00:00",
        "release r_0123456789abcdef, 1,234,567,890 rows",
        "broker 127.0.0.1:9092, pyspark==4.1.4",
        "file raw/web/20260105000000.json of 1234567 bytes",
        "2026-01-05 to 2026-02-05",
    ],
)
def test_what_a_run_says_of_itself_stays(said: str) -> None:
    assert scrubbed(said) == said


def test_a_line_is_one_json_object_with_time_level_event_and_facts(capsys: pytest.CaptureFixture[str]) -> None:
    emit("step ended", run="p1", step="ingest_events", rows=3, message="of ann@example.com", nothing=None)
    line = json.loads(capsys.readouterr().err)
    assert line.pop("ts").endswith("Z")
    assert line == {"level": "info", "event": "step ended", "run": "p1", "step": "ingest_events", "rows": 3, "message": "of <e-mail>"}


def test_an_error_is_a_line_of_the_log_with_its_code_or_words_without_values(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from crosschannel.errors import InputError

    monkeypatch.setenv(FORMAT_ENV, "json")
    with pytest.raises(SystemExit), errors_in_words():
        raise InputError("no file for ann@example.com")
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["event"], line["code"], line["message"]) == ("error", "ended", 11, "no file for <e-mail>")
    monkeypatch.delenv(FORMAT_ENV)
    with pytest.raises(SystemExit), errors_in_words():
        raise InputError("no file for ann@example.com")
    assert capsys.readouterr().err == "crosschannel: no file for <e-mail>\n"
