"""Erasure on a lake with a planted canary: no byte is left, nobody else is touched, and the canary does not come back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.ops import Files
from crosschannel.contracts.privacy import Erasures, Suppressions
from crosschannel.contracts.serving import PublishedSegments, SegmentChanges
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.errors import StorageError, UsageError
from crosschannel.io.byte_scan import Needles, scan
from crosschannel.io.releases import current_release, read_release, release_named
from crosschannel.jobs import publish_segments
from crosschannel.jobs.doctor_lake import erasure_findings
from crosschannel.jobs.erase import PENDING, Receipt, dry_run, erase, verify
from crosschannel.jobs.export_person import export_person
from crosschannel.jobs.manage_releases import Word, difference, roll_back
from tests.support.canary_lake import COOKIE, CRM, HEADER, INTAKE, MAIL, PHONE, SHARED, Canary, canary_lake, crm, write

pytestmark = pytest.mark.long
NOW = dt.datetime(2026, 3, 10)
IDENTIFIER = f"email:{MAIL}"
EVERYTHING = Needles.of([MAIL, CRM, COOKIE, PHONE, "+447700900881"])


@pytest.fixture(scope="module")
def before(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The lake, and what access and a dry run say of the canary before it is erased."""
    canary = canary_lake(spark, tmp_path_factory.mktemp("canary"))
    place = canary.runner().place
    return {
        "canary": canary,
        "customer": canary.customer(MAIL),
        "exported": export_person(canary.lake, canary.project, IDENTIFIER, dt.date(2026, 3, 9)),
        "counted": dry_run(canary.lake, place, IDENTIFIER),
        "found": scan(canary.folder / "lake", EVERYTHING),
    }


@pytest.fixture(scope="module")
def erased(before: dict[str, object]) -> Receipt:
    canary = before["canary"]
    assert isinstance(canary, Canary)
    return erase(canary.runner(), IDENTIFIER, "tester", NOW, lambda _: None)


def test_access_shows_what_the_lake_holds_of_one_person_and_of_nobody_else(before: dict[str, object]) -> None:
    text = str(before["exported"])
    assert MAIL in text
    assert CRM in text
    assert COOKIE in text
    assert "bob@shop.example" not in text
    assert {"bronze.events", "bronze.quarantine", "silver.consents", "serving.customer_segments"} <= set(before["exported"]["tables"])  # type: ignore[index]


def test_a_dry_run_counts_and_changes_nothing(before: dict[str, object]) -> None:
    person, counts, models = before["counted"]  # type: ignore[misc]
    assert person.customers == (before["customer"],)
    assert counts["bronze.events"] == 5  # two exports and three visits
    assert counts["bronze.quarantine"] == 1
    assert models == ["segments m1"]
    assert {"bronze", "mlflow", "reports"} & {p.split("/")[0] for p in before["found"].found} == {"bronze", "reports"}  # type: ignore[attr-defined]


@pytest.mark.fault(30)
def test_no_byte_is_left_and_the_receipt_names_nobody(before: dict[str, object], erased: Receipt) -> None:
    folder = before["canary"].folder  # type: ignore[attr-defined]
    assert erased.state == "clean", erased.found.found
    assert erased.found.files > 100
    assert scan(folder / "lake", Needles.of([MAIL, CRM, COOKIE, PHONE, "+447700900881", str(before["customer"])])).found == ()
    assert erased.scrubbed == ["reports/top.html"]
    assert erased.models == ["segments m1"]
    assert not (folder / "lake" / PENDING).exists()
    stored = str(before["canary"].lake.read(Erasures.contract).collect())  # type: ignore[attr-defined]
    assert not [v for v in (MAIL, CRM, str(before["customer"])) if v in stored]


def test_everybody_else_is_as_before(before: dict[str, object], erased: Receipt) -> None:
    canary = before["canary"]
    assert isinstance(canary, Canary)
    assert canary.lake.read(Events.contract).count() == 8  # two people in two exports, four visits
    assert canary.customer("bob@shop.example")
    release = current_release(canary.lake)
    published = {r[0] for r in read_release(canary.lake, PublishedSegments, release).select(PublishedSegments.customer_id).collect()}
    assert {canary.customer("bob@shop.example"), canary.customer("eve@shop.example")} <= published
    assert before["customer"] not in published
    assert read_release(canary.lake, SegmentChanges, release).where(F.col(SegmentChanges.customer_id) == str(before["customer"])).isEmpty()
    assert SHARED in str(canary.lake.read(RawEvents.contract).select(RawEvents.payload).collect())  # Bob's visits on the tablet are his


def test_no_release_from_before_the_erasure_can_be_reached(before: dict[str, object], erased: Receipt) -> None:
    lake = before["canary"].lake  # type: ignore[attr-defined]
    first, shown = release_named(lake, "1"), current_release(lake)
    assert shown is not None
    assert erased.release_number == shown.release_number == 2
    for name in ("previous", "1", first.release_id):
        with pytest.raises(StorageError, match="is from before the erasure of 2026-03-10, which removed its files for good"):
            roll_back(lake, name, Word("ann", NOW, "back"))
    with pytest.raises(StorageError, match="from before the erasure"):
        difference(lake, "previous", "current")
    with pytest.raises((PySparkException, Py4JJavaError)):  # nor by going around the pointer
        read_release(lake, PublishedSegments, first).collect()
    pending = Path(lake.root) / PENDING
    pending.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="an erasure was cut short"):
        roll_back(lake, "1", Word("ann", NOW, "back"))
    assert [f.remedy for f in erasure_findings(lake)] == ["run the same `crosschannel erase` again"]
    with pytest.raises(StorageError, match="cannot be read: move that file away"):
        erase(before["canary"].runner(), IDENTIFIER, "tester", NOW, print)  # type: ignore[attr-defined]
    pending.unlink()
    assert current_release(lake) == shown


def test_a_new_export_does_not_bring_the_canary_back_and_is_accounted_for(before: dict[str, object], erased: Receipt, tmp_path: Path) -> None:
    canary = before["canary"]
    assert isinstance(canary, Canary)
    write(
        canary.folder / "raw/crm/delivered=2026-03-15/part-0",
        [HEADER, crm("CRM-OTHER", MAIL, "07700 900881", "2026-03-15"), crm("CRM-EVE", "eve@shop.example", "07700 900222", "2026-03-15", "false")],
    )
    canary.run([*INTAKE, publish_segments.JOB])  # the next stitch builds on what the erasure left
    booked = canary.lake.read(Files.contract).where(F.col(Files.path).contains("2026-03-15")).collect()[0]
    assert (booked[Files.rows_in], booked[Files.rows_good], booked[Files.rows_suppressed]) == (2, 1, 1)
    assert canary.customer(MAIL) is None
    assert canary.lake.read(IdentityMap.contract).where(F.col(IdentityMap.customer_id) == str(before["customer"])).isEmpty()
    looked = verify(canary.lake, canary.runner().place, IDENTIFIER, "tester", NOW)
    assert looked.state == "clean", looked.found.found
    assert canary.lake.read(Suppressions.contract).count() == 3  # address, number of the CRM, phone
