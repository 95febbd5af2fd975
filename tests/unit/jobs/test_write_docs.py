import pytest

from crosschannel.errors import UsageError
from crosschannel.jobs.write_docs import to_exit_codes, with_sections


def test_what_stands_between_the_markers_is_replaced_and_nothing_else() -> None:
    text = "before\n<!-- jobs:begin (make docs) -->\nold\n<!-- jobs:end -->\nafter\n"
    assert with_sections(text, {"jobs": r"new \1" + "\n"}) == "before\n<!-- jobs:begin (make docs) -->\nnew \\1\n<!-- jobs:end -->\nafter\n"


def test_a_page_without_markers_is_refused_with_what_to_add() -> None:
    with pytest.raises(UsageError, match="no <!-- chain:begin -->"):
        with_sections("text", {"chain": "x"})


def test_every_exit_code_stands_once() -> None:
    page = to_exit_codes()
    assert all(page.count(f"\n| {code} | ") == 1 for code in (0, 1, 2, 10, 11, 12, 14, 15))
