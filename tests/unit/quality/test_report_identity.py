"""The pictures of the identity gate show every number in words too, and what is beyond its limit."""

from __future__ import annotations

from crosschannel.contracts.silver import IdentityRefusals
from crosschannel.quality.report_identity import gate_table, sizes_picture, to_gate_page
from crosschannel.quality.report_intake import STAGES

SIZES = {"1": 900, "2": 100, "65+": 1}
GATE = [("largest_customer", 12.0, 64.0), ("moved_percent", 7.5, 5.0), ("something_new", 1.0, 1.0)]


def test_sizes_are_drawn_so_that_one_large_customer_is_seen_beside_a_thousand_small_ones() -> None:
    picture = sizes_picture(SIZES)
    assert 'aria-label="customers by number of identifiers: 900 of 1, 100 of 2, 1 of 65+"' in picture
    heights = [float(part.split('"')[0]) for part in picture.split('height="')[1:]]
    assert heights[0] > heights[1] > heights[2] > 3


def test_a_measure_beyond_its_limit_is_called_breached_and_the_others_held() -> None:
    text = gate_table(GATE)
    assert text.count(">held<") == 2
    assert text.count(">breached<") == 1
    assert "moved_percent: 7.5 of at most 5" in text
    assert "something_new" in text


def test_the_page_of_a_run_holds_measures_sizes_and_counts_and_fetches_nothing() -> None:
    page = to_gate_page(SIZES, GATE, {"Links": {"email+phone": 7}, "Refused": {}, "Ids": {"minted": 3}})
    for text in ("email+phone: 7", "minted", "900", "Nothing to show.", "<!DOCTYPE html>"):
        assert text in page
    assert "src=" not in page
    assert "href=" not in page


def test_every_stage_of_a_refusal_is_told_in_words() -> None:
    declared = str(IdentityRefusals.stage.spec.meaning).replace(" or ", ", ").split(", ")
    assert set(declared) == set(STAGES)
