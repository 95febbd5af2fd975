from crosschannel.contracts.catalogue import to_catalogue, to_chain, to_job_table, to_lineage
from crosschannel.contracts.registry import CONTRACTS
from tests.support.tables import Daily, Stock, Visits

SMALL = (Visits.contract, Stock.contract, Daily.contract)


def test_the_catalogue_holds_every_table_and_column() -> None:
    page = to_catalogue(CONTRACTS.values())
    assert all(f"### {name}\n" in page for name in CONTRACTS)
    assert all(f"| {c} | `{c.spec.dtype}` |" in page for contract in CONTRACTS.values() for c in contract.columns)


def test_a_section_says_grain_key_rules_and_personal_columns() -> None:
    page = to_catalogue(SMALL)
    assert "- **Grain:** one row per visit" in page
    assert "- **Key:** shop, day" in page
    assert "pages lies in [1, 100]; channel is one of web, app" in page
    assert "| email | `string` | yes | address **Personal.** |" in page


def test_a_table_stands_between_its_producer_and_its_readers() -> None:
    picture = to_lineage(SMALL, ("make_visits", "count_visits", "make_stock"))
    assert "make_visits --> silver_visits[(silver.visits)]" in picture
    assert "silver_visits --> count_visits" in picture
    assert "silver_stock --> make_stock" not in picture, "a job's own last result is no arrow"
    assert "make_daily" not in picture


def test_an_arrow_that_others_imply_is_left_out() -> None:
    picture = to_chain({"a": set(), "b": {"a"}, "c": {"a", "b"}}, ("a", "b", "c", "tidy"))
    assert "a --> b" in picture
    assert "b --> c" in picture
    assert "a --> c" not in picture
    assert "c --> serving" in picture


def test_the_job_table_stands_in_running_order() -> None:
    table = to_job_table(SMALL, {"make_visits": "Make visits.", "count_visits": "Count them."})
    assert table.splitlines()[2:] == ["| `make_visits` | Make visits. | - | `silver.visits` |", "| `count_visits` | Count them. | `silver.visits` | - |"]
