"""What a report draws is chosen by rule: the customer with most indirect links, a pair of the commonest refusal."""

from crosschannel.contracts.people import RecordLinks
from crosschannel.contracts.silver import ON_RECORDS, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.io.lake import Lake
from crosschannel.jobs.evidence_examples import evidence_examples
from crosschannel.quality.evidence_tables import to_common_refusal, to_far_reaching
from tests.support.rows import at, row, rows


def member(key, through, customer="c_1", **columns):
    rule = {"evidence_rule": ON_RECORDS, "evidence_key": through} if through else {}
    known = {"node_key": key, "namespace": "record", "kind": "person", "identifier_hash": f"{key:064x}"[::-1], "anchor_key": 1 if customer == "c_1" else 7}
    return row(customer_id=customer, **known, **rule, **columns)


MEMBERS = (member(1, None), member(2, 1), member(3, 2), member(4, 3), member(7, None, "c_2"), *(member(n, 7, "c_2") for n in (8, 9, 10, 11, 12)))
REFUSED = [("limit", "email", 3, 8), ("limit", "email", 2, 9), ("linkage", "far", 1, 7), ("screen", "blank", 5, 5), ("screen", "blank", 6, 6), ("screen", "blank", 7, 7)]


def test_the_customer_with_most_indirect_links_comes_before_one_with_more_identifiers(spark):
    found = rows(spark, IdentityMap, *MEMBERS).repartition(3).transform(to_far_reaching).collect()
    assert [(r["customer_id"], r["FAR"], r["LINKED"]) for r in found] == [("c_1", 2, 3), ("c_2", 0, 5)]


def test_the_refusal_shown_is_of_the_commonest_rule_for_pairs_and_screened_values_are_none(spark):
    refusals = rows(spark, IdentityRefusals, *(row(stage=s, rule=r, left_key=a, right_key=b, observed=5, permitted=4) for s, r, a, b in REFUSED))
    (found,) = refusals.transform(to_common_refusal).collect()
    assert (found["rule"], found["ROWS"], found["FIRST"]["left_key"], found["FIRST"]["right_key"]) == ("email", 2, 2, 9)


def test_a_chain_of_records_is_drawn_to_its_anchor_with_the_weight_of_each_link(spark, tmp_path):
    lake = Lake(spark, str(tmp_path / "lake"))
    pairs = [(1, 2), (2, 3), (3, 4)]
    seen = {"first_seen_ts": at("2026-01-05 09:00"), "last_seen_ts": at("2026-03-05 09:00")}
    edges = [row(left_key=a, right_key=b, rule=ON_RECORDS, kind="person", record_count=1, seen_on=ON_RECORDS, **seen) for a, b in pairs]
    lake.write(IdentityMap.contract, rows(spark, IdentityMap, *MEMBERS))
    lake.write(IdentityEdges.contract, rows(spark, IdentityEdges, *edges), slices=[ON_RECORDS])
    lake.write(RecordLinks.contract, rows(spark, RecordLinks, *(row(left_key=a, right_key=b, weight=10.25 + a, waterfall=[]) for a, b in pairs)))
    (chain,) = evidence_examples(lake)
    assert chain.nodes == ("record 4000", "record 3000", "record 2000", "record 1000")
    assert [link.detail for link in chain.links] == [f"1 event, 2026-01 to 2026-03, weight {w} bits" for w in ("13.2", "12.2", "11.2")]
    assert not any(link.is_refused for link in chain.links)
