"""Filters say what they mean, and mistakes in them name the nearest right word."""

import pytest

from crosschannel.settings.conditions import Condition, all_of, on, said, to_conditions, to_written


def test_the_same_filter_is_equal_however_it_is_written() -> None:
    one = to_conditions({"verb": ["view", "click"], "channel": "web", "property": {"campaign_type": "promo"}})
    assert one == to_conditions({"property": {"campaign_type": ["promo"]}, "channel": ["web"], "verb": ["click", "view", "click"]})
    assert to_conditions(to_written(one)) == one


def test_parts_that_must_all_hold_are_one_filter() -> None:
    assert all_of(on("verb", "view"), on("channel"), on("channel", "web")) == to_conditions({"channel": "web", "verb": "view"})
    assert said(on("verb", "view", "add")) == "verb is add or view"
    assert said(()) == "any event"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"chanel": "web"}, "unknown column 'chanel'; did you mean channel?"),
        ({"channel": "wep"}, "unknown channel 'wep'; did you mean web?"),
        ({"verb": ["view", "purchases"]}, "unknown verb 'purchases'; did you mean purchase?"),
        ({"order_id": "o1"}, "unknown column 'order_id'"),
        ({"content_id": []}, "content_id needs a text or a list of texts"),
        ({"property": {"flag": True}}, "flag needs a text"),
        ({"property": "promo"}, "property is a mapping"),
        ("verb = 'view'", "a filter is a mapping"),
    ],
)
def test_a_wrong_filter_is_refused_with_a_hint(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace("?", r"\?")):
        to_conditions(written)


def test_a_property_may_have_the_name_of_a_column() -> None:
    assert to_conditions({"property": {"channel": "anything"}}) == (Condition("channel", ("anything",), is_property=True),)
