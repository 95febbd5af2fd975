"""Evidence is drawn in a column a phone can show: well formed, with words for those who see no picture, refusals told without colour."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from pyspark.sql import Row

from crosschannel.quality.evidence_tables import chain_to_anchor, longest_chain
from crosschannel.quality.report_evidence import LETTERS, WIDTH, Drawn, Example, figures, picture, to_svg

NODES = ["email <1>", "phone 2", "crm_id 3"]
LINKS = [Drawn("email+phone", "4 events, 2026-01 to 2026-03", False), Drawn("crm_id+phone", "1 event, refused", True)]


def words(root: ET.Element) -> list[str]:
    return [e.text or "" for e in root.iter() if e.tag.endswith("text")]


def classes(root: ET.Element, tag: str) -> list[str | None]:
    return [e.get("class") for e in root.iter() if e.tag.endswith(tag)]


def test_the_drawing_is_well_formed_and_shows_ends_links_and_refusals() -> None:
    root = ET.fromstring(to_svg(NODES, LINKS, "two & more"))
    assert words(root)[-3:] == NODES
    assert "1 event, refused" in words(root)
    assert classes(root, "line") == ["link", "refused", "refused cross", "refused cross"]
    assert root.get("aria-label") == "two & more: email <1>; joined by email+phone with phone 2; not joined by crm_id+phone with crm_id 3"


def test_a_file_of_its_own_brings_its_look_and_a_page_has_it_already() -> None:
    assert to_svg(NODES, LINKS, "x").count("<style>") == 1
    assert 'xmlns="http://www.w3.org/2000/svg"' in to_svg(NODES, LINKS, "x")
    inline = picture(NODES, LINKS, "x")
    assert "<style>" not in inline
    assert "http" not in inline


def test_notes_stand_below_the_chain_and_inside_the_picture() -> None:
    bare, noted = (ET.fromstring(to_svg(NODES, LINKS, "x", notes)) for notes in ((), ["refused nearby: weak_email (limit) at email 1 and phone 2; 2 counted, 1 allowed"]))
    heights = [int((root.get("viewBox") or "").split()[-1]) for root in (bare, noted)]
    lowest = max(int(e.get("y") or 0) for e in noted.iter() if e.tag.endswith("text"))
    assert heights[0] < lowest < heights[1]


def test_long_words_are_cut_to_the_width_of_a_phone() -> None:
    root = ET.fromstring(to_svg(["a", "b"], [Drawn("rule " * 40, "detail " * 40, False)], "x"))
    beside = [text for text in words(root) if text not in {"a", "b"}]
    assert len(beside) == 3
    assert all(len(text) <= LETTERS for text in beside)
    assert (root.get("viewBox") or "").startswith(f"0 0 {WIDTH} ")


def test_examples_of_a_report_are_figures_with_a_line_about_each() -> None:
    page = figures([Example("One customer", "The <longest> chain.", ("a", "b"), (LINKS[0],))])
    assert "<h4>One customer</h4>" in page
    assert "The &lt;longest&gt; chain." in page
    assert page.count("<svg") == page.count("<figure>") == 1


def member(key: int, through: int | None, customer: str = "c_1", namespace: str = "email") -> Row:
    return Row(node_key=key, evidence_key=through, customer_id=customer, namespace=namespace)


def test_the_longest_chain_is_the_same_for_any_order_and_of_the_chosen_customers_alone() -> None:
    told = [member(1, None), member(2, 1), member(3, 2), member(4, 2, namespace="phone"), member(7, None, "c_2"), *(member(n, n - 1, "c_2") for n in range(8, 12))]
    for rows in (told, told[::-1]):
        members = {row["node_key"]: row for row in rows}
        assert longest_chain(members, ["c_1"]) == [4, 2, 1]  # as long as that of 3, and of two namespaces
        assert longest_chain(members, ["c_1", "c_2"]) == [11, 10, 9, 8, 7]
    assert longest_chain({}, ["c_1"]) == []


def test_a_chain_ends_where_its_evidence_is_not_known_and_never_goes_round() -> None:
    assert chain_to_anchor({2: member(2, 1)}, 2) == [2]
    assert chain_to_anchor({1: member(1, 2), 2: member(2, 1)}, 2) == [2, 1]
