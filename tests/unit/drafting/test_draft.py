"""`infer` drafts a contract that loads at once, says what it saw, and marks what it is unsure of."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from crosschannel.cli import app
from crosschannel.contracts.silver import VERBS
from crosschannel.drafting.draft import draft
from crosschannel.drafting.names import guess_channel, guess_verb, snake
from crosschannel.drafting.yaml_text import quoted, to_yaml
from crosschannel.errors import InputError, UsageError
from crosschannel.io.sample_files import MAX_HEAD_BYTES, read_samples
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.load import load_settings, read_yaml
from crosschannel.settings.sources import Source
from tests.support.code import ROOT


def app_event(number: int) -> dict[str, Any]:
    names = ["screen_view", "basket_add", "purchase", "zorp"]
    items = [{"sku": "p1", "quantity": 2, "amount": 19.9}] if number % 4 == 2 else None
    return {
        "event": {"id": f"e{number}", "name": names[number % 4], "ts": 1767605400123 + number},
        "device": {"id": f"d{number % 7}", "os": "ios"},
        "user": {"email": f"ann{number % 5}@example.com"} if number % 2 else None,
        "purchase": {"id": f"o{number}", "total": 19.9, "currency": "GBP", "items": items} if items else None,
    }


def drafted(tmp_path: Path, name: str, content: str | bytes, **options: Any) -> tuple[Source, str]:
    sample = tmp_path / name
    sample.write_bytes(content.encode() if isinstance(content, str) else content)
    text = to_yaml(draft(read_samples([sample]), options.pop("source", "x"), **options))
    out = tmp_path / "x.yaml"
    out.write_text(text, encoding="utf-8")
    return load_settings(out, Source), text


def test_nested_json_lines_are_drafted_whole(tmp_path):
    content = gzip.compress("".join(json.dumps(app_event(n)) + "\n" for n in range(80)).encode())
    source, text = drafted(tmp_path, "app_2026-01-05.jsonl.gz", content, source="app")
    assert (source.format, source.channel, source.path) == ("json_lines", "app", "app_*.jsonl*")
    assert (source.time.field, source.time.format) == ("ts", "epoch_millis")
    assert source.fields["ts"].path == "event.ts"
    assert source.key == ("event_id",)
    assert source.verb.field == "event_name"
    assert source.verb.map == {"screen_view": "view", "basket_add": "add", "purchase": "purchase", "zorp": "engage"}
    assert "zorp: engage  # unsure" in text
    assert {i.field: i.namespace for i in source.identifiers} == {"device_id": "device_id", "email": "email"}
    assert (source.columns["order_amount"], source.columns["currency_code"], source.columns["order_id"]) == ("total", "currency", "purchase_id")
    assert source.fields["total"].type == "decimal"
    assert source.lines is not None
    assert (source.lines.field, source.lines.product_id, source.lines.line_amount) == ("items", "sku", "amount")


def test_a_csv_with_semicolons_and_local_times_says_its_doubts(tmp_path):
    rows = "".join(f"s{n};+4479460{n:05d};{'delivered' if n % 3 else 'clicked'};c{n % 2};{n % 28 + 1:02d}/01/2026 09:00:00\n" for n in range(60))
    source, text = drafted(tmp_path, "sms.csv", f"callback_id;phone;status;campaign_id;occurred_at\n{rows}", source="sms")
    assert (source.format, source.delimiter, source.channel, source.key) == ("csv", ";", "sms", ("callback_id",))
    assert source.time.format == "dd/MM/yyyy HH:mm:ss"
    assert "# unsure: the values say no offset and are read as UTC" in text
    assert source.verb.map == {"delivered": "send", "clicked": "click"}
    assert [(i.field, i.namespace) for i in source.identifiers] == [("phone", "phone")]
    assert source.columns == {"campaign_id": "campaign_id"}
    assert all(source.fields[f].required for f in source.fields)


def test_an_access_log_is_known_by_its_lines(tmp_path):
    text = (ROOT / "tests/fixtures/apache_access_log/apache_logs").read_text(encoding="utf-8")
    source, draft_text = drafted(tmp_path, "access.log", text, source="access_log")
    assert (source.format, source.channel, source.verb.field) == ("pattern", "web", "method")
    assert source.verb.map["POST"] == "engage"
    assert source.identifiers[0].with_fields == ("browser",)
    assert "1 of 298 sampled lines do not fit" in draft_text
    common = "\n".join(line.rsplit(' "', 2)[0] for line in text.splitlines()[:50])
    assert "browser" not in drafted(tmp_path, "common.log", common)[0].fields


def test_parquet_types_come_from_the_values(tmp_path):
    table = pa.table({"order_id": ["o1", "o2"], "total": [1.5, 2.0], "order_date": pa.array([1767605400000000, 1767605500000000], pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "orders.parquet")
    out = tmp_path / "till.yaml"
    out.write_text(to_yaml(draft(read_samples([tmp_path / "orders.parquet"]), "till")), encoding="utf-8")
    source = load_settings(out, Source)
    assert (source.format, source.time.field, source.time.format, source.channel) == ("parquet", "order_date", "iso8601", "store")


def test_the_same_samples_give_the_same_draft_in_any_order(tmp_path):
    for n in (1, 2):
        (tmp_path / f"a{n}.jsonl").write_text("".join(json.dumps(app_event(i * n)) + "\n" for i in range(20)), encoding="utf-8")
    paths = [tmp_path / "a1.jsonl", tmp_path / "a2.jsonl"]
    assert to_yaml(draft(read_samples(paths), "x")) == to_yaml(draft(read_samples(paths[::-1]), "x"))


def test_no_value_of_a_person_reaches_the_draft(tmp_path):
    rows = "".join(f"Ann{n} Miller,ann{n}@example.com,+44794600000{n},2026-01-0{n + 1}T00:00:00Z,signup\n" for n in range(8))
    _, text = drafted(tmp_path, "people.csv", f"full_name,email,phone,at,event\n{rows}")
    assert "Miller" not in text
    assert "@" not in text
    assert "+44" not in text
    assert "full_name: {personal: true}" in text
    _, text = drafted(tmp_path, "crm.csv", "name,at\nAnn Miller,2026-01-05T00:00:00Z\nBob Miller,2026-01-06T00:00:00Z\n")
    assert "Miller" not in text


def test_what_names_a_person_is_no_key_alone(tmp_path):
    rows = "".join(f"u{n},c{n},2026-01-0{n + 1}T00:00:00Z\n" for n in range(8))
    assert drafted(tmp_path, "x.csv", f"user_id,campaign_id,at\n{rows}")[0].key == ("user_id", "campaign_id", "at")
    few = "".join(f"a{n},{n},2026-01-0{n + 1}T00:00:00Z\n" for n in range(8))
    assert drafted(tmp_path, "z.csv", f"advertiser_id,clicks,at\n{few}")[0].key == ("advertiser_id", "at")
    assert drafted(tmp_path, "w.csv", f"ticket_id,clicks,at\n{few}")[0].key == ("ticket_id",)
    assert drafted(tmp_path, "y.csv", "colour,at\nred,2026-01-05T00:00:00Z\n")[0].key == ()


def test_a_column_that_is_mostly_numbers_stays_a_text_and_says_so(tmp_path):
    rows = "".join(f"{n or 'none'},2026-01-05T00:00:{n % 60:02d}Z\n" for n in range(100))
    source, text = drafted(tmp_path, "x.csv", f"score,at\n{rows}")
    assert source.fields["score"].type == "string"
    assert "unsure: 99.0% of the values are numbers" in text


def test_numbers_that_name_something_stay_texts(tmp_path):
    source, _ = drafted(tmp_path, "x.csv", "store_id,visits,rate,zip,at\n7,1,0.5,00123,2026-01-05T00:00:00Z\n8,2,1.5,04567,2026-01-06T00:00:00Z\n")
    assert [source.fields[f].type for f in ("store_id", "visits", "rate", "zip")] == ["string", "bigint", "double", "string"]


def test_a_campaign_report_counts_as_spend_and_micros_fill_no_amount(tmp_path):
    source, text = drafted(tmp_path, "ads.csv", "date,campaign_id,impressions,cost_micros,network_type\n2026-01-05,c1,10,1500000,SEARCH\n", source="ads")
    assert source.verb.constant == "spend"
    assert "cost_amount" not in source.columns
    assert "cost_micros seems to count millionths" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[\n{}]", "one JSON array"),
        ("just words\nand more words\n", "no JSON objects"),
        ("a,b\n1,2\n", "none of the 2 columns holds times"),
        ("a,b,a\n1,2,3\n", "columns 1 and 3 have the same name"),
        ("ann@example.com,2026-01-05\nbob@example.com,2026-01-06\n", "looks like data"),
        ("", "nothing in it"),
        (" \n \n", "nothing but blank lines"),
        ("a,b\n", "none of the 2 columns holds times"),
        (b"\x1f\x8bnot gzip at all", "damaged gzip"),
        (b"a,at\r1,2026-01-05\r2,2026-01-06\r", "a carriage return alone"),
    ],
)
def test_what_cannot_be_drafted_is_refused_with_a_way_out(tmp_path, content, says):
    with pytest.raises(InputError, match=says):
        drafted(tmp_path, "x.txt", content)


def test_a_folder_is_no_sample(tmp_path):
    with pytest.raises(InputError, match="a folder; give one or more of the files in it"):
        read_samples([tmp_path])


@pytest.mark.parametrize(("written", "encoding"), [("utf-16", "utf-16"), ("utf-8-sig", "utf-8"), ("cp1252", "windows-1252"), ("utf-8", "utf-8")])
def test_the_encoding_is_told_by_the_mark_and_guessed_where_letters_are_no_utf8(tmp_path, written, encoding):
    source, text = drafted(tmp_path, "people.csv", "who,at\nZoë,2026-01-05T00:00:00Z\nÅsa,2026-01-06T00:00:00Z\n".encode(written))
    assert (source.encoding, source.format, sorted(source.fields)) == (encoding, "csv", ["at", "who"])
    assert ("unsure: letters beyond ASCII" in text) == (encoding == "windows-1252")


def test_samples_of_two_encodings_are_two_sources(tmp_path):
    for name in ("utf-8", "utf-16"):
        (tmp_path / name).write_bytes("who,at\nZoë,2026-01-05T00:00:00Z\n".encode(name))
    with pytest.raises(InputError, match="the samples are utf-16 and utf-8"):
        draft(read_samples([tmp_path / "utf-8", tmp_path / "utf-16"]), "x")


def test_only_the_head_of_a_sample_is_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,at\n")
        file.writelines(f"{'i' * 1000}{n},2026-01-05T00:00:00Z\n" for n in range(8_000))
    (sample,) = read_samples([path])
    assert not sample.is_whole
    assert sum(map(len, sample.lines)) < MAX_HEAD_BYTES
    assert all(line.endswith("Z") for line in sample.lines[1:])


def test_names_and_verbs_are_guessed_by_their_words():
    assert [snake(n) for n in ("Event Name", "eventName", "event.ts", "_id")] == ["event_name", "event_name", "event_ts", "id"]
    assert {guess_verb(v) for v in ("Received Email", "Placed Order", "Clicked SMS", "spamreport", "refund")} == {"send", "purchase", "click", "complaint", "return"}
    assert guess_verb("zorp") is None
    assert [guess_channel(n, []) for n in ("twilio_message", "snapchat_ads", "live_chat", "zorp")] == ["sms", "ads", "call", None]
    assert {guess_verb(v) for v in VERBS} <= {*VERBS, None}


@pytest.mark.parametrize("text", ["no", "on", "a: b", "# x", "-", "12", "2026-01-05", "Placed Order", 'say "hi"', "tab\there", "é", "😀", "\x85", "null", "~", "[x]"])
def test_a_quoted_text_is_read_back_as_it_was(tmp_path, text):
    path = tmp_path / "q.yaml"
    path.write_text(f"{quoted(text)}: {quoted(text)}\n", encoding="utf-8")
    assert read_yaml(path) == {text: text}


def test_the_command_writes_a_contract_and_a_first_identity_file(tmp_path):
    sample, out = tmp_path / "app.jsonl", tmp_path / "conf/sources/app.yaml"
    sample.write_text("".join(json.dumps(app_event(n)) + "\n" for n in range(30)), encoding="utf-8")
    result = CliRunner().invoke(app, ["infer", str(sample), "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "crosschannel validate --source app" in result.output.replace("\n", " ")
    assert load_settings(out, Source).source == "app"
    assert set(load_settings(tmp_path / "conf/identity.yaml", IdentitySettings).namespaces) == {"device_id", "email"}
    with pytest.raises(UsageError, match="--force"):
        CliRunner().invoke(app, ["infer", str(sample), "--out", str(out)], catch_exceptions=False)


def test_an_identity_file_that_is_there_is_left_alone_and_what_it_lacks_is_named(tmp_path):
    sample, out = tmp_path / "app.jsonl", tmp_path / "conf/sources/app.yaml"
    sample.write_text(json.dumps(app_event(1)) + "\n", encoding="utf-8")
    out.parent.mkdir(parents=True)
    identity = out.parents[1] / "identity.yaml"
    identity.write_text("namespaces:\n  email: {kind: person, priority: 70, limit: 4, normaliser: email}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["infer", str(sample), "--out", str(out)], catch_exceptions=False)
    assert "lacks device_id" in result.output
    assert "device_id" not in identity.read_text(encoding="utf-8")


def test_a_channel_that_is_none_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(UsageError, match="did you mean store"):
        CliRunner().invoke(app, ["infer", "x.csv", "--out", str(tmp_path / "x.yaml"), "--channel", "stores"], catch_exceptions=False)
