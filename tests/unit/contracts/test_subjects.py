"""Erasure finds rows by the registry: every id column is known for what it names."""

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.subjects import IMPERSONAL, MENTIONS, OWNERS, TRACES, Subject, is_about_people, owners_of
from crosschannel.io.lake import properties_of

ENDS = ("_id", "_ids", "_key", "_keys", "_hash")


def test_every_id_column_says_whether_it_leads_to_a_person() -> None:
    known = {*OWNERS, *MENTIONS, *TRACES, *IMPERSONAL}
    new = {f"{c.name}.{column}" for c in CONTRACTS.values() for column in c.columns if column.endswith(ENDS) and column not in known}
    assert not new, f"add them to a list of contracts/subjects.py, so that erasure knows them: {sorted(new)}"


def test_no_column_is_in_two_lists() -> None:
    lists = (set(OWNERS), MENTIONS, TRACES, IMPERSONAL)
    assert sum(map(len, lists)) == len(set().union(*lists))


def test_tables_about_people_are_found_by_what_their_rows_name() -> None:
    assert set(owners_of(IdentityMap.contract).values()) == {Subject.NODE, Subject.CUSTOMER}
    assert is_about_people(CONTRACTS["bronze.quarantine"])
    assert not is_about_people(CONTRACTS["ops.runs"])


def test_lots_proposals_values_and_reasons_are_found_by_customer() -> None:
    tables = ("gold.holdout_draws", "gold.holdout_events", "serving.holdouts", "serving.candidate_actions", "serving.withheld_actions", "serving.action_lists", "ml.score_reasons", "ml.customer_values")
    assert all(Subject.CUSTOMER in owners_of(CONTRACTS[name]).values() for name in tables)
    assert {"customer_id", "draw_id", "other_id"} == set(map(str, owners_of(CONTRACTS["gold.holdout_events"])))


def test_statistics_are_kept_of_some_columns_and_of_none_that_leads_to_a_person() -> None:
    kept = {name: set(properties_of(c)["delta.dataSkippingStatsColumns"].split(",")) for name, c in CONTRACTS.items()}
    assert not [name for name, columns in kept.items() if not columns - {""}]
    assert not {c for columns in kept.values() for c in columns if c in OWNERS or c in MENTIONS or c in TRACES}
