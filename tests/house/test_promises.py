"""Every promise of `docs/promises.md` names tests that exist and are not left out."""

import ast
import re

from crosschannel.contracts.registry import CONTRACTS
from tests.support.code import ROOT, functions, imported, modules

PAGE = (ROOT / "docs/promises.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
PROMISES = 16


def test_there_are_sixteen_promises_each_held_by_tests() -> None:
    rows = ROW.findall(PAGE)
    assert [int(number) for number, _, _ in rows] == list(range(1, PROMISES + 1))
    assert all(len(NAMED.findall(tests)) >= 2 for _, _, tests in rows)
    assert all(not NAMED.sub("", tests).strip(" ,") for _, _, tests in rows), "the last column holds names of tests only"


def test_every_test_a_promise_names_exists_and_is_not_skipped() -> None:
    known = {f"tests/{m.name}": {name: f for name, f in functions(m) if name.startswith("test_")} for m in modules(ROOT / "tests")}
    missing = [f"{path}::{name}" for path, name in NAMED.findall(PAGE) if (name or None) not in known.get(path, {}) and (name or not known.get(path))]
    assert not missing
    found = [known[path][name] for path, name in NAMED.findall(PAGE) if name]
    assert not [f.name for f in found if any("skip" in ast.unparse(d) or "xfail" in ast.unparse(d) for d in f.decorator_list)]


def test_every_job_that_trains_scores_or_publishes_asks_what_people_allow() -> None:
    jobs = {m.name.removeprefix("jobs/").removesuffix(".py"): m for m in modules() if m.name.startswith("jobs/")}
    people = {c.produced_by for c in CONTRACTS.values() if c.layer in ("ml", "serving") and "customer_id" in c.columns}
    learning = {name for name in jobs if name.startswith("train_")}
    assert {"train_scores", "train_segments", "score_customers", "publish_segments", "value_customers", "plan_actions"} <= people | learning
    asks = ("crosschannel.jobs.consenting.", "crosschannel.privacy.decisions.to_decisions")
    silent = []
    for name in sorted(people | learning):
        near = [jobs[name], *(m for m in jobs.values() if any(i.startswith(f"crosschannel.{m.name.removesuffix('.py').replace('/', '.')}.") for i in imported(jobs[name])))]
        if not any(i.startswith(asks) for m in near for i in imported(m)):
            silent.append(name)
    assert not silent, f"{silent} write about customers, or learn from them, and do not ask what they allow"


def test_the_limits_are_published() -> None:
    pages = {name: " ".join((ROOT / name).read_text(encoding="utf-8").split()) for name in ("README.md", "docs/cluster.md", "docs/decisions/0001-engine-pins.md")}
    assert "Local disk is safe against a crash of the process, not of the machine" in pages["README.md"]
    assert "keeps a table on S3 whole for one writing driver only" in pages["docs/cluster.md"]
    assert "4.1.4" in pages["docs/decisions/0001-engine-pins.md"]
