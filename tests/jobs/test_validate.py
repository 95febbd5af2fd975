"""`validate` tells what ingest would refuse, by the judging of ingest, without showing anybody; a draft is usable at once."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from rich.console import Console

from crosschannel.cli.validate_actions import show_verdict, source_of
from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ops import Files
from crosschannel.drafting.draft import draft
from crosschannel.drafting.yaml_text import to_yaml
from crosschannel.errors import InputError, UsageError
from crosschannel.io.lake import Lake
from crosschannel.io.sample_files import read_samples
from crosschannel.jobs import ingest_events
from crosschannel.jobs.validate import validate
from crosschannel.settings.load import load_settings
from crosschannel.settings.project import Project
from crosschannel.settings.sources import Source, SourcesSettings
from crosschannel.shipped import shipped_conf
from tests.jobs.intake import SHOP, TEXTS, put, run, sale
from tests.support.code import ROOT

LOG = ROOT / "tests/fixtures/apache_access_log/apache_logs"
CONTRACT = Source.model_validate_json(json.dumps(SHOP))


def test_it_refuses_what_ingest_refuses_and_shows_nobody(spark, tmp_path):
    raw = tmp_path / "raw"
    first = put(
        raw, "shop/a.jsonl", sale(1), sale(2, total="12,5o", email="ann.miller@example.com"), "", sale(3, at="2026-02-30"),
        '{"id": "s4", "email": "ann.miller@exam', sale(5, at="2019-01-01", phone={"n": "+447946000001"}), sale(1),
    )  # fmt: skip
    second = put(raw, "shop/b.jsonl", *(sale(n, total="x") for n in range(10, 20)))
    verdict = validate(spark, CONTRACT, [str(first), str(second)])
    assert [(f.account.file.rows_in, f.account.good, f.account.quarantined) for f in verdict.files] == [(6, 2, 4), (10, 0, 10)]
    assert verdict.files[0].reasons == {"time_implausible": 1, "time_unreadable": 1, "type:phone": 1, "type:total": 1, "unreadable": 1}
    assert verdict.files[1].reasons == {"type:total": 10}
    assert {reason: [e.line for e in examples] for reason, examples in verdict.files[0].examples.items()} == {
        "time_implausible": [6], "time_unreadable": [4], "type:phone": [6], "type:total": [2], "unreadable": [5],
    }  # fmt: skip
    assert [e.line for e in verdict.files[1].examples["type:total"]] == [1, 2, 3]
    assert (verdict.rows, verdict.refused, verdict.repeated) == (16, 14, 1)

    console = Console(record=True, width=200)
    show_verdict(console, verdict)
    printed = console.export_text()
    assert "type:total: total = 12,5o" in printed
    assert not re.search(r"ann|miller|exam|7946", printed)

    run(spark, tmp_path, ingest_events.JOB, SourcesSettings(sources=(CONTRACT,)))
    lake = Lake(spark, str(tmp_path / "lake"))
    refused = [r for row in lake.read(Quarantine.contract).collect() for r in row.reasons]
    assert sorted(refused) == sorted(r for f in verdict.files for r, n in f.reasons.items() for _ in range(n))
    assert sum(r.rows_quarantined for r in lake.read(Files.contract).collect()) == verdict.refused


def test_a_file_that_cannot_be_read_is_refused_whole_beside_one_that_can(spark, tmp_path):
    good, bad = put(tmp_path, "a.jsonl", sale(1)), tmp_path / "b.jsonl.gz"
    bad.write_text("no gzip", encoding="utf-8")
    verdict = validate(spark, CONTRACT, [str(good), str(bad)])
    assert [(f.account.file.reason, f.account.good) for f in verdict.files] == [(None, 1), ("not_gzip", 0)]
    assert (verdict.refused, verdict.refused_files) == (0, 1)
    assert validate(spark, CONTRACT, [str(bad)]).refused_files == 1
    with pytest.raises(InputError, match="no such file"):
        validate(spark, CONTRACT, [str(tmp_path / "none.jsonl")])


def test_a_file_without_a_column_that_its_source_requires_is_refused_whole(spark, tmp_path):
    source = Source.model_validate_json(json.dumps(TEXTS))
    lacking = put(tmp_path, "a.csv", "sid,status,to,from", "m1,sent,+447946000001,Shop")
    verdict = validate(spark, source, [str(lacking)])
    assert (verdict.refused_files, verdict.rows) == (1, 0)
    assert (verdict.files[0].account.file.reason or "").startswith("missing_column")


@pytest.mark.parametrize("name", ["access_log", "app", "sms"])
def test_a_draft_is_usable_at_once(spark, tmp_path, name):
    """A drafted contract refuses nothing of its own sample but what cannot be read."""
    sample = tmp_path / f"{name}.gz"
    lines = {"access_log": LOG.read_text(encoding="utf-8").splitlines(), "app": _app(), "sms": _sms()}[name]
    sample.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    path = tmp_path / f"{name}.yaml"
    path.write_text(to_yaml(draft(read_samples([sample]), name)), encoding="utf-8")
    verdict = validate(spark, load_settings(path, Source), [str(sample)])
    assert verdict.files[0].reasons == ({"unreadable": 1} if name == "access_log" else {})
    assert verdict.files[0].account.good == {"access_log": 297, "app": 40, "sms": 40}[name]


def test_a_source_nobody_declared_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"no source 'stor'.*did you mean store\?"):
        source_of(Project(shipped_conf("demo")), "stor")


def _app() -> list[str]:
    event = {"event": {"id": "e{n}", "name": "screen_view"}, "user": {"email": "a{n}@example.com"}, "ok": True, "score": 1.5, "items": [{"sku": "p", "amount": "1.50"}]}
    return [json.dumps(event).replace("{n}", str(n)).replace('"screen_view"', f'"screen_view", "ts": {1767605400000 + n}') for n in range(40)]


def _sms() -> list[str]:
    return ["id;phone;status;sent", *(f"m{n};+4479460000{n:02d};delivered;{n % 28 + 1:02d}/01/2026 10:00:00" for n in range(40))]
