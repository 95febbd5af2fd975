"""Known people: spelled as the lake spells them, shared identifiers left out, and a map that is worse than the one before is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.silver import Identifiers, IdentityMap
from crosschannel.contracts.truth import TrueIdentifiers
from crosschannel.errors import InputError, QualityError, UsageError
from crosschannel.identity.labelled import to_owned, to_spelled
from crosschannel.identity.normalise import pseudonym
from crosschannel.io.lake import Lake
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import IdentityLabels, Namespace, Pseudonyms
from tests.support.identity_lake import GrowingLake
from tests.support.identity_rows import DAYS, SETTINGS, Rows
from tests.support.rows import assert_rows, at, row

KNOWN = SETTINGS.model_copy(
    update={
        "namespaces": SETTINGS.namespaces | {"email": Namespace(kind="person", priority=60, limit=3, normaliser="email")},
        "pseudonyms": Pseudonyms(public_key="public, test data only"),
        "labels": IdentityLabels(path="known/people.csv"),
    }
)
ANN, BOB = ("email", "ann@shop.example"), ("email", "bob@shop.example")
ANNS_PHONE, BOBS_PHONE = ("phone", "111"), ("phone", "222")
LABELS = """namespace,value,person_id
email, ANN@shop.example ,ann
phone,111,ann
email,bob@shop.example,bob
phone,222,bob
phone,333,bob
crm_id,shared,ann
crm_id,shared,bob
email,,ann
fax,444,ann
"""


def node(namespace: str, value: str) -> int:
    return pseudonym(namespace, value, version=KNOWN.pseudonyms.version, key=pseudonym_key(KNOWN.pseudonyms))[1]


def seen(prefix: str, *identifiers: tuple[str, str]) -> Rows:
    """Rows of the same identifiers on one day after the other."""
    return [
        row(event_id=f"{prefix}-{day}", node_key=node(n, v), namespace=n, kind="person", identifier_hash=f"h{v}", source="shop", event_ts=at(f"{day} 09:00"))
        for day in DAYS
        for n, v in identifiers
    ]


def known_town(spark: SparkSession, folder: Path, labels: str = LABELS) -> GrowingLake:
    (folder / "raw" / "known").mkdir(parents=True)
    (folder / "raw" / "known" / "people.csv").write_text(labels, encoding="utf-8")
    lake = GrowingLake(Lake(spark, str(folder / "lake")), KNOWN, raw=str(folder / "raw"))
    lake.add(seen("a", ANN, ANNS_PHONE), seen("b", BOB, BOBS_PHONE))
    return lake


def test_labels_are_spelled_as_the_lake_spells_them_and_what_names_nobody_is_left_out(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("email", " ANN@Shop.example", "p1 "), ("email", " ", "p1"), ("phone", "1", ""), ("fax", "4", "p1")], ["namespace", "value", "person_id"])
    assert_rows(rows.transform(to_spelled, settings=KNOWN), row(namespace="email", value="ann@shop.example", person_id="p1"))


def test_an_identifier_of_several_people_is_nobodys_and_one_told_twice_counts_once(spark: SparkSession) -> None:
    keyed = spark.createDataFrame([(1, "p1"), (1, "p1"), (2, "p1"), (2, "p2")], f"{Identifiers.node_key} bigint, {TrueIdentifiers.person_id} string")
    assert_rows(keyed.transform(to_owned), row(node_key=1, person_id="p1", evidence_group="labels"))


@pytest.mark.long
def test_a_map_that_joins_two_known_people_is_not_published_and_the_log_says_by_how_much_it_is_worse(spark: SparkSession, tmp_path: Path) -> None:
    lake = known_town(spark, tmp_path)
    ctx = lake.stitch()
    (said,) = (line for line in lake.said if line.startswith("labels"))
    assert said == "labels identifiers=4 unseen=1 precision=1.0 recall=1.0 f1=1.0"
    assert {c.name: (c.observed, c.expected) for c in ctx.checks}["label_f1_loss"] == (0.0, 1.0)
    before = lake.rows(IdentityMap)
    lake.add(seen("c", ANN, BOBS_PHONE))
    with pytest.raises(QualityError, match="label_f1_loss"):
        lake.stitch()
    assert lake.rows(IdentityMap) == before
    assert any("labels" in line and "precision=0.3333" in line and "f1_before=1.0" in line for line in lake.said)
    assert any(line.startswith("WARNING: F1") for line in lake.said)


@pytest.mark.long
def test_labels_that_cannot_be_read_or_name_nobody_stop_the_job_and_say_what_to_do(spark: SparkSession, tmp_path: Path) -> None:
    lake = known_town(spark, tmp_path, "namespace,value,person_id\nemail,carl@shop.example,carl\n")
    with pytest.raises(InputError, match="none of the 1 identifiers"):
        lake.stitch()
    file = tmp_path / "raw" / "known" / "people.csv"
    file.write_text("namespace,value\nemail,ann@shop.example\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column person_id"):
        lake.stitch()
    file.unlink()
    with pytest.raises(InputError, match="no file of labels"):
        lake.stitch()
    lake.raw = ""
    with pytest.raises(UsageError, match="--raw"):
        lake.stitch()
