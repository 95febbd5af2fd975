"""The report of a small lake: whole, self-contained, and free of personal values."""

import json
import re
from contextlib import contextmanager
from html.parser import HTMLParser

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from crosschannel.cli import app
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.jobs.read_studies import read_study
from crosschannel.jobs.report import write_report
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.support.told_lake import ANN, BOB, told_lake

GRADES = {
    "identity": {
        "pairwise_precision": 0.99, "pairwise_recall": 0.95, "pairwise_f1": 0.97, "bcubed_f1": 0.96, "over_merge_rate": 0.01, "largest_cluster": 9,
    },
    "segments": {"ari": 0.85, "k": 6, "true_k": 6},
    "scores": {"purchase": {"auc": 0.8, "best_auc": 0.81, "ece": 0.01, "best_ece": 0.01, "true_gap": 0.01, "customers": 90}, "churn": {"auc": 0.7, "best_auc": 0.72, "ece": 0.01, "best_ece": 0.01, "true_gap": 0.01, "customers": 90}},
    "rows": {"in": 10, "good": 7, "quarantined": 2, "duplicate": 1},
}  # fmt: skip
VOID = {"meta", "rect", "line", "br"}


class Balanced(HTMLParser):
    """Follows open elements, and gathers what a browser would fetch and pictures without words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.mute: list[str] = []
        self.titles: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.fetched += [v for k, v in attrs if k in {"src", "href", "action"} and not v.startswith("#")]
        self.fetched += [tag] if tag in {"script", "link", "iframe", "img"} else []
        self.mute += [tag] if tag == "svg" and not given.get("aria-label") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.titles += [data] if self.open and self.open[-1] == "h2" else []


@pytest.fixture(scope="module")
def demo_project() -> Project:
    return Project(shipped_conf("demo"))


@pytest.fixture(scope="module")
def lake(spark: SparkSession, demo_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return told_lake(spark, demo_project, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def page(lake, demo_project, tmp_path_factory) -> str:
    return write_report(lake, demo_project, tmp_path_factory.mktemp("page") / "new" / "report.html", GRADES).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parsed(page) -> Balanced:
    parser = Balanced()
    parser.feed(page)
    return parser


def test_the_page_is_well_formed_and_has_every_section(parsed):
    assert parsed.open == []
    assert parsed.titles == [
        "What came in",
        "What was refused, and why",
        "Customer base",
        "Segments",
        "Scores",
        "Does joining channels pay?",
        "Customer value",
        "Grades against the truth",
        "Release",
    ]


def test_the_page_fetches_nothing_runs_nothing_and_names_every_picture(parsed, page):
    assert parsed.fetched == []
    assert parsed.mute == []
    assert "http" not in page.replace("http-equiv", "")


def test_the_page_holds_the_figures(page):
    assert "10 in = 7 good + 2 quarantined + 1 duplicate" in page
    for figure in ("unmapped_verb", "header_mismatch", "cookie_id+email", "Store regulars", "0.810", "missed", "serving.customer_segments", "66.7%"):
        assert figure in page, figure
    assert "Joining channels pays: purchase gains +0.030 (+0.020 to +0.040) AUC over web, the best single channel, on 800 customers." in page
    assert "0.780 (0.760 to 0.800)" in page
    assert page.index("web view: weight 0.100") < page.index("web purchase: weight 0.900")


def test_the_command_says_whether_joining_pays_and_writes_the_figures(lake, tmp_path, monkeypatch):
    @contextmanager
    def given(_root):
        yield lake

    monkeypatch.setattr("crosschannel.cli.channels.opened", given)
    answer = CliRunner().invoke(app, ["channels", "--lake", lake.root, "--json", str(tmp_path / "found.json")])
    assert answer.exit_code == 0, answer.output
    assert "Joining channels pays: purchase gains +0.030" in answer.output
    assert "learned without one family of features" in answer.output
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [s["variant_name"] for s in found["studies"] if s["metric"] == "auc"] == ["all", "web", "store", "interest"]
    with pytest.raises(UsageError, match="churn was not studied"):
        read_study(lake, "churn")


def test_customer_value_is_told_by_how_likely_customers_still_come(page):
    assert "Expected in the 28 days after 2026-01-31" in page
    assert "80 % or more" in page


def test_the_base_is_drawn_by_size(page):
    assert "How many identifiers a customer has" in page
    assert "customers by number of identifiers: " in page


def test_evidence_is_drawn_masked_to_four_digits_and_months_with_the_union_that_was_refused(page):
    assert "What evidence looks like" in page
    assert page.count('class="evidence"') == 2
    drawn = page[page.index("What evidence looks like") :]
    assert re.search(r">cookie_id [0-9a-f]{4}</text>", drawn)
    assert "12 events, 2026-01" in drawn
    assert "refused: cookie_id+email (shared_device)" in drawn
    assert "1 counted, 0 allowed; not seen on one record" in drawn
    assert not re.search(r"[0-9a-f]{8}", drawn[: drawn.index("</section>")])


def test_names_are_escaped(page):
    assert "Loyal &lt;web&gt; shoppers" in page
    assert "<web>" not in page


def test_no_customer_and_no_raw_value_is_on_the_page(page):
    assert not [word for word in (ANN, BOB, "shop.example", "ck-1", "secret") if word in page]


def test_an_empty_lake_has_a_report_without_grades(spark, demo_project, tmp_path):
    page = write_report(Lake(spark, str(tmp_path / "lake")), demo_project, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Nothing is published yet" in page
    assert "Grades" not in page
    assert "What evidence looks like" not in page
    assert "Customer value" not in page
