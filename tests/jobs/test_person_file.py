"""A file of people alone is resolved by YAML alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.people import MatchModels, Profiles, RecordCustomers, RecordLinks
from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.records.model import from_json
from crosschannel.io.lake import Lake
from crosschannel.jobs.chain import JOBS, ORDER
from crosschannel.runtime.order import between
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project
from tests.support.person_records import pair_grades, person_records, write_people

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ROWS = person_records()


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """What `crosschannel run --conf conf/people --until stitch_identities` makes of the file."""
    folder = tmp_path_factory.mktemp("people")
    write_people(folder / "raw", ROWS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CROSSCHANNEL_PSEUDONYM_KEY", "a key for tests only")
        runner = Runner(Place(Project(ROOT / "conf/people"), str(folder / "lake"), str(folder / "raw"), seed=7), spark, lambda _: None)
        for name in between(ORDER, None, "stitch_identities"):
            runner.run(JOBS[name])
    return Lake(spark, str(folder / "lake"))


def test_each_record_has_a_customer_under_its_own_id(lake: Lake) -> None:
    rows = lake.read(RecordCustomers.contract).collect()
    assert {r.record_id for r in rows} == {r["record_id"] for r in ROWS}
    precision, recall = pair_grades({r.record_id: r.customer_id for r in rows}, ROWS)
    assert precision > 0.98
    assert recall > 0.97


def test_a_link_shows_its_weight_and_its_rule(lake: Lake) -> None:
    customers = lake.read(RecordCustomers.contract).collect()
    joined = [r for r in customers if r.evidence_key is not None]
    assert joined
    assert all(r.evidence_rule == "records" and r.weight is not None and r.weight >= 0 for r in joined)
    assert all(r.weight is None for r in customers if r.evidence_key is None)


def test_the_bars_of_every_waterfall_add_up_to_the_weight(lake: Lake) -> None:
    links = lake.read(RecordLinks.contract).collect()
    assert len(links) > 100
    for link in links:
        assert link.waterfall[0].name == "prior"
        assert sum(step.bits for step in link.waterfall) == pytest.approx(link.weight, abs=2e-5)


def test_the_parameters_are_stored_and_can_be_read_back(lake: Lake) -> None:
    (stored,) = lake.read(MatchModels.contract).collect()
    model = from_json(stored.parameters)
    assert model.attributes == ("first_name", "last_name", "birth_date", "street", "city", "postcode", "email", "phone")
    assert stored.record_count == len(ROWS) == lake.read(Profiles.contract).count()
    true_pairs = sum(a["person"] == b["person"] for i, a in enumerate(ROWS) for b in ROWS[i + 1 :])
    assert model.same_rate * model.pairs == pytest.approx(true_pairs, rel=0.1)  # nobody told it
    assert {r.model_id for r in lake.read(RecordLinks.contract).collect()} == {stored.model_id}


def test_only_the_joins_become_edges(lake: Lake) -> None:
    edges = lake.read(IdentityEdges.contract).count()
    groups = lake.read(IdentityMap.contract).select(IdentityMap.customer_id).distinct().count()
    assert edges == len(ROWS) - groups
