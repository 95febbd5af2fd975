"""Distinct conditions get one bit each; filters share them."""

from crosschannel.features.atoms import WORD_BITS, atoms_of
from crosschannel.settings.conditions import all_of, on


def test_filters_share_their_conditions() -> None:
    web, view = on("channel", "web"), on("verb", "view")
    assert atoms_of([all_of(web, view), web, (), view]).conditions == (*web, *view)


def test_many_conditions_take_more_than_one_word() -> None:
    many = [on("category", str(n)) for n in range(WORD_BITS + 1)]
    assert atoms_of([]).words == ("ATOMS_0",)
    assert atoms_of(many[:-1]).words == ("ATOMS_0",)
    assert atoms_of(many).words == ("ATOMS_0", "ATOMS_1")
