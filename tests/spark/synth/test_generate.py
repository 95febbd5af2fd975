"""Whole small worlds, written to disk: what is delivered, what is planted, what the truth says."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.identity.normalise import normalised_expr
from crosschannel.jobs.generate_logs import generate
from crosschannel.settings.load import load_settings
from crosschannel.settings.sources import Source
from crosschannel.shipped import shipped_conf
from crosschannel.synth.parameters import SOURCES

SIZES = {"people": 160, "days": 24, "seed": 11, "difficulty": "hard"}
Truth = Callable[[str], DataFrame]


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    generate(spark, **SIZES, out=str(out), partitions=1)
    return out


@pytest.fixture(scope="module")
def truth(spark: SparkSession, world: Path) -> Truth:
    return lambda name: spark.read.parquet(f"{world}/truth/{name}")


def delivered(out: Path, source: str) -> dict[str, list[list[str]]]:
    """Lines of each file by delivery, in their order."""
    files: dict[str, list[list[str]]] = {}
    for path in sorted(out.glob(f"raw/{source}/delivered=*/part-*")):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        files.setdefault(path.parent.name, []).append(content.decode().splitlines())
    return files


def records(out: Path, source: str) -> list[str]:
    """Lines of a source without the header of CSV files."""
    is_csv = source in {"sms", "ads", "crm"}
    return [line for files in delivered(out, source).values() for lines in files for line in lines[is_csv:]]


def planted(out: Path) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = json.loads((out / "truth/corruptions.json").read_text())
    return counts


def test_other_partitions_write_the_same_files(spark: SparkSession, world: Path, tmp_path: Path) -> None:
    generate(spark, **SIZES, out=str(tmp_path), partitions=3)
    for source in SOURCES:
        assert delivered(tmp_path, source) == delivered(world, source)
    for name in ("people", "identifiers", "events", "propensities"):
        ours, theirs = (spark.read.parquet(f"{out}/truth/{name}") for out in (world, tmp_path))
        assert ours.exceptAll(theirs).isEmpty()
        assert theirs.exceptAll(ours).isEmpty()


def test_deliveries_come_on_mondays(world: Path) -> None:
    assert list(delivered(world, "web")) == [f"delivered={day}" for day in ("2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02")]


@pytest.mark.parametrize("source", SOURCES)
def test_as_many_records_are_delivered_as_the_truth_counts(world: Path, source: str) -> None:
    assert len(records(world, source)) == planted(world)[source]["rows"]


@pytest.mark.parametrize("source", SOURCES)
def test_duplicates_are_exact(world: Path, source: str) -> None:
    # A corrupt CRM line keeps its first two fields only, and may look like the one of another week.
    sound = [line for line in records(world, source) if source != "crm" or line.count(",") == 14]
    assert sum(n - 1 for n in Counter(sound).values()) == planted(world)[source]["duplicates"]


@pytest.mark.parametrize("source", ["web", "app", "email", "store", "call"])
def test_corrupt_json_is_no_json(world: Path, source: str) -> None:
    def is_broken(line: str) -> bool:
        try:
            return not isinstance(json.loads(line), dict)
        except ValueError:
            return True

    assert sum(map(is_broken, records(world, source))) == planted(world)[source]["corrupt"]


@pytest.mark.parametrize("source", ["sms", "ads", "crm"])
def test_every_csv_file_opens_with_its_header_and_corrupt_rows_are_short(world: Path, source: str) -> None:
    files = [lines for per_day in delivered(world, source).values() for lines in per_day]
    (header,) = {lines[0] for lines in files}
    delimiter = ";" if source == "sms" else ","
    short = [line for line in records(world, source) if line.count(delimiter) != header.count(delimiter)]
    assert len(short) == planted(world)[source]["corrupt"]


@pytest.mark.parametrize("source", SOURCES)
def test_the_declared_source_names_the_fields_that_are_there(world: Path, source: str) -> None:
    declared = load_settings(shipped_conf(f"demo/sources/{source}.yaml"), Source)
    needed = {declared.path_of(name).split(".")[0] for name, field in declared.fields.items() if field.required}
    if declared.format == "csv":
        header = delivered(world, source)["delivered=2026-01-12"][0][0]
        assert {declared.path_of(name) for name in declared.fields} <= set(header.split(declared.delimiter))
    else:
        assert all(needed <= set(json.loads(line)) for line in records(world, source)[:200] if line.endswith("}") and line.startswith("{"))


def test_native_ids_are_unique_and_known_to_the_truth(world: Path, truth: Truth) -> None:
    known = {row[0] for row in truth("events").where("source = 'call'").select("native_id").collect()}
    sound = [json.loads(line)["ticket_id"] for line in records(world, "call") if line.startswith("{") and line.endswith("}")]
    assert set(sound) <= known
    assert truth("events").count() == truth("events").select("source", "native_id").distinct().count()


def test_people_and_propensities_are_whole(truth: Truth) -> None:
    assert truth("people").count() == truth("people").select("person_id").distinct().count() == SIZES["people"]
    # three Sundays and the last day, two scores
    assert truth("propensities").count() == SIZES["people"] * 4 * 2
    assert truth("propensities").where("propensity < 0 or propensity > 1 or outcome not in (0, 1) or horizon_days <> 28").isEmpty()


def test_identifiers_have_one_owner_or_are_shared_or_nobodys(truth: Truth) -> None:
    identifiers = truth("identifiers")
    assert identifiers.count() == identifiers.select("namespace", "value").distinct().count()
    assert identifiers.where("(size(owners) = 1) <> (person_id is not null) or (size(owners) > 1 and not is_shared)").isEmpty()
    assert identifiers.where("is_shared").count() > 0
    assert identifiers.where("size(owners) = 0 and namespace = 'email'").count() > 0


def test_a_group_of_evidence_belongs_to_one_person(truth: Truth) -> None:
    mixed = truth("identifiers").groupBy("evidence_group").agg({"person_id": "collect_set"}).where("size(`collect_set(person_id)`) > 1")
    assert mixed.isEmpty()


def test_true_values_are_written_as_the_demo_project_normalises_them(spark: SparkSession, truth: Truth) -> None:
    from crosschannel.settings.identity import IdentitySettings

    namespaces = load_settings(shipped_conf("demo/identity.yaml"), IdentitySettings).namespaces
    for name, namespace in namespaces.items():
        values = truth("identifiers").where(f"namespace = '{name}' and person_id is not null").select("value")
        changed = values.withColumn("NORMAL", normalised_expr(values["value"], namespace)).where("value <> NORMAL or NORMAL is null")
        assert changed.isEmpty(), name


def test_drift_changes_the_logs_from_its_week_on(spark: SparkSession, world: Path, tmp_path: Path) -> None:
    generate(spark, **SIZES, out=str(tmp_path), drift_week=2)
    before, after = delivered(world, "app"), delivered(tmp_path, "app")
    first, last = "delivered=2026-01-12", "delivered=2026-02-02"
    assert after[first] == before[first]
    assert after[last] != before[last]
