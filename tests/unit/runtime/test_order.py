import pytest

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import UsageError
from crosschannel.runtime import order
from crosschannel.runtime.order import between, dependencies, run_order

CHAIN = ("ingest_events", "conform_events", "record_consents", "stitch_identities", "build_features", "build_labels", "train_segments", "train_scores", "score_customers", "publish_segments", "watch_drift", "plan_actions", "value_customers")


def test_a_job_waits_for_those_whose_tables_it_reads() -> None:
    needs = dependencies()
    assert needs["conform_events"] == {"ingest_events"}
    assert needs["stitch_identities"] == {"conform_events", "record_consents"}
    assert {"train_scores", "train_segments"} <= needs["score_customers"]


def test_a_job_does_not_wait_for_itself() -> None:
    assert all(job not in needed for job, needed in dependencies().items())


def test_the_chain_runs_in_the_order_of_its_tables() -> None:
    found = run_order(set(CHAIN))
    assert set(found) == set(CHAIN)
    assert [j for j in found if j in ("ingest_events", "conform_events", "stitch_identities", "build_features", "score_customers", "publish_segments")] == [
        "ingest_events", "conform_events", "stitch_identities", "build_features", "score_customers", "publish_segments",
    ]  # fmt: skip


def test_a_job_no_table_names_comes_last() -> None:
    assert run_order({*CHAIN, "maintain_tables"})[-1] == "maintain_tables"


def test_a_job_the_registry_names_must_exist() -> None:
    with pytest.raises(UsageError, match="unknown jobs: .*publish_segments"):
        run_order(set(CHAIN) - {"publish_segments"})


def test_jobs_that_wait_for_each_other_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "CONTRACTS", {})
    monkeypatch.setattr(order, "dependencies", lambda: {"a": {"b"}, "b": {"a"}})
    with pytest.raises(UsageError, match="wait for each other: (a -> b -> a|b -> a -> b)"):
        run_order({"a", "b"})


def test_the_runtime_is_no_step() -> None:
    assert any(c.produced_by == "runtime" for c in CONTRACTS.values())
    assert "runtime" not in dependencies()


STEPS = ("one", "two", "three")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(None, None, STEPS), ("two", None, ("two", "three")), (None, "two", ("one", "two")), ("two", "two", ("two",))],
)
def test_a_part_of_the_order_includes_both_ends(first: str | None, last: str | None, expected: tuple[str, ...]) -> None:
    assert between(STEPS, first, last) == expected


def test_a_step_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="there is no step 'four'; the steps are one, two, three"):
        between(STEPS, "four", None)


def test_a_part_that_runs_backwards_is_refused() -> None:
    with pytest.raises(UsageError, match="step three comes after one"):
        between(STEPS, "three", "one")
