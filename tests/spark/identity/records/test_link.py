"""Linking records on executors: all steps agree with plain Python, and with themselves on shuffled input."""

from __future__ import annotations

from datetime import datetime

import pytest
from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.people import Profiles, RecordLinks, RecordUniqueIds
from crosschannel.contracts.silver import IdentityRefusals
from crosschannel.errors import UsageError
from crosschannel.identity.components import to_components
from crosschannel.identity.records.blocking import LEFT, RIGHT, to_dropped, to_pairs, to_second_keys
from crosschannel.identity.records.joining import to_alike
from crosschannel.identity.records.keys import to_keys, to_records, value_of
from crosschannel.identity.records.levels import CODE, with_code
from crosschannel.identity.records.link import compare_records, learn, to_record_links, weigh
from crosschannel.identity.records.patterns import unpacked
from crosschannel.settings.identity import IdentitySettings, Namespace
from crosschannel.settings.records import Attribute, Level, Matching, RecordSource
from tests.support.person_records import pair_grades, person_records

ROWS = person_records()
KINDS = {"first_name": "given_name", "last_name": "surname", "birth_date": "birth_date", "street": "address", "city": "text", "postcode": "postcode"}
BLOCKED = Matching(compare_all_below=0, max_block_rows=20, random_pairs=10_000)


def settings(matching: Matching = BLOCKED, one_each: bool = False, **attributes: Attribute) -> IdentitySettings:
    declared = attributes or {name: Attribute(kind=kind) for name, kind in KINDS.items()}  # type: ignore[arg-type]
    return IdentitySettings(
        namespaces={"record": Namespace(kind="person", priority=10, limit=64)},
        records={"people": RecordSource(namespace="record", columns={name: name for name in declared}, one_each=one_each)},
        attributes=declared,
        matching=matching,
    )


def profiles(spark: SparkSession, rows: list[dict[str, str]]) -> DataFrame:
    schema = ", ".join(f"{c} {c.spec.dtype}" for c in Profiles.contract.columns)
    made = [
        (int(r["record_id"][1:]) + 1, "people", r["record_id"], datetime(2026, 1, 1), {k: v for k, v in r.items() if v and k in KINDS}) for r in rows
    ]
    return spark.createDataFrame(made, schema)


def linked(frame: DataFrame, chosen: IdentitySettings) -> list[tuple[object, ...]]:
    def keep(df: DataFrame) -> DataFrame:
        return df.localCheckpoint()

    ids = frame.sparkSession.createDataFrame([], ", ".join(f"{c} {c.spec.dtype}" for c in RecordUniqueIds.columns))
    compared = compare_records(frame, chosen, keep)
    model = learn(compared, chosen)
    weighed = keep(weigh(compared, model, chosen))
    components = to_alike(weighed, ids, chosen).transform(to_components, max_driver_edges=1_000_000)
    links = to_record_links(weighed, ids, components, model=model, rated=compared.rated, settings=chosen)
    return sorted(
        tuple(row) for row in links.select(RecordLinks.left_key, RecordLinks.right_key, RecordLinks.weight, RecordLinks.is_evidence).collect()
    )


@pytest.fixture(scope="module")
def links(spark: SparkSession) -> list[tuple[object, ...]]:
    return linked(profiles(spark, ROWS), settings())


def test_people_are_found_without_labels(links: list[tuple[object, ...]]) -> None:
    group = {r["record_id"]: int(r["record_id"][1:]) + 1 for r in ROWS}
    owner = {key: key for key in group.values()}
    for left, right, _, is_evidence in links:
        if is_evidence:
            a, b = root(owner, int(str(left))), root(owner, int(str(right)))
            owner[max(a, b)] = min(a, b)
    precision, recall = pair_grades({record: str(root(owner, key)) for record, key in group.items()}, ROWS)
    assert precision > 0.98
    assert recall > 0.95


def root(owner: dict[int, int], key: int) -> int:
    while owner[key] != key:
        key = owner[key]
    return key


def test_neither_order_nor_partitions_change_a_bit(spark: SparkSession, links: list[tuple[object, ...]]) -> None:
    shuffled = profiles(spark, list(reversed(ROWS))).repartition(5, F.xxhash64(Profiles.record_id))
    assert linked(shuffled, settings()) == links


def test_a_frequent_value_is_paired_where_a_second_one_is_shared_and_what_is_left_out_is_named(spark: SparkSession) -> None:
    rows = [{"record_id": f"r{n}", "last_name": "Smith", "city": "York" if n < 3 else "Leeds"} for n in range(9)]
    chosen = settings(
        Matching(compare_all_below=0, max_block_rows=3), last_name=Attribute(kind="surname", keys=("exact",)), city=Attribute(kind="text")
    )
    keys = profiles(spark, rows).transform(to_records, chosen).transform(to_keys, chosen).localCheckpoint()
    second = keys.transform(to_second_keys, chosen)
    found = {(r[LEFT], r[RIGHT]) for r in to_pairs(keys, second, chosen).collect()}
    assert found == {(1, 2), (1, 3), (2, 3)}  # York has three
    (dropped,) = to_dropped(second, chosen).select(IdentityRefusals.rule, IdentityRefusals.observed, IdentityRefusals.permitted).collect()
    assert tuple(dropped) == ("last_name+city", 6, 3)


def test_every_kind_of_level_is_reached_where_plain_counting_says_so(spark: SparkSession) -> None:
    chosen = settings(
        name=Attribute(kind="given_name"),
        born=Attribute(kind="birth_date", levels=(Level(edits=1), Level(days=40))),
        height=Attribute(kind="number", levels=(Level(number=2),)),
        street=Attribute(kind="address", levels=(Level(share=0.5),)),
        hobbies=Attribute(kind="list", levels=(Level(overlap=2), Level(overlap=1))),
    )
    first = {"name": "Martha", "born": "1970-01-31", "height": "170", "street": "12 High Street", "hobbies": "golf; chess; piano"}
    others = [
        ({"name": "MARHTA", "born": "1970-01-30", "height": "171.5", "street": "high street 14", "hobbies": "Chess|golf"}, [2, 2, 1, 1, 2]),
        ({"name": "Marten", "born": "1970-03-05", "height": "173", "street": "Low Road 1", "hobbies": "piano"}, [1, 1, 0, 0, 1]),
        ({"name": "Bob", "born": "1980-12-31", "street": "12 HIGH STREET", "hobbies": "opera"}, [0, 0, -1, 2, 0]),
    ]
    rows = [(n, "people", str(n), datetime(2026, 1, 1), said) for n, said in enumerate([first, *[o for o, _ in others]])]
    frame = spark.createDataFrame(rows, ", ".join(f"{c} {c.spec.dtype}" for c in Profiles.contract.columns)).transform(to_records, chosen)
    for name in ("name", "street"):
        number = list(chosen.attributes).index(name)
        frame = frame.withColumn(f"ROWS_{number}", F.when(F.col(value_of(number)).isNotNull(), F.lit(1)))
    pairs = spark.createDataFrame([(0, 1), (0, 2), (0, 3)], f"{LEFT} bigint, {RIGHT} bigint")
    compared = with_code(pairs, frame, chosen).orderBy(RIGHT).select(CODE).toArrow().column(0).to_numpy()
    tops = tuple(len(a.resolved.levels) + 1 for a in chosen.attributes.values())
    assert unpacked(compared, tops).tolist() == [levels for _, levels in others]


def test_a_comparison_that_is_too_large_is_refused_before_it_starts(spark: SparkSession) -> None:
    with pytest.raises(UsageError, match="lower matching.max_block_rows"):
        compare_records(profiles(spark, ROWS), settings(Matching(compare_all_below=0, max_pairs=10)), lambda df: df.localCheckpoint())


def test_records_of_a_source_without_repetitions_are_never_joined(spark: SparkSession) -> None:
    assert linked(profiles(spark, ROWS[:60]), settings(one_each=True)) == []
