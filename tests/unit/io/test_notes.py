"""A run's description holds every card, whole or in equal parts."""

from crosschannel.io.notes import MAX_NOTE, REST, shortened, to_note


def test_cards_that_fit_are_shown_whole():
    assert to_note(["# purchase", "# churn"]) == "# purchase\n\n# churn"
    assert to_note([]) == ""


def test_cards_that_do_not_fit_share_the_room_and_say_where_the_rest_is():
    cards = [f"# {name}\n\n" + "\n\n".join(f"row {n} of {name}" for n in range(900)) for name in ("purchase", "churn")]
    note = to_note(cards)
    assert len(note) <= MAX_NOTE
    assert note.count(REST) == 2
    assert "# purchase" in note
    assert "# churn" in note


def test_a_card_is_cut_between_paragraphs():
    assert shortened("one\n\n" + "two " * 40, len(REST) + 30) == "one" + REST
