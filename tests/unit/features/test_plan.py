"""A plan names what tiles hold; equal features have equal plans, and another code is another plan."""

from pathlib import Path

import yaml

from crosschannel.features.plan import TilePlan, plan_of
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.load import validated

ORDERED = "cross_channel: {conjunctions: [{name: a, within_days: 7, ordered: true, all: [{verb: view}, {verb: purchase}], none: [{verb: return}]}]}"


def plan(text: str) -> TilePlan:
    return plan_of(validated(yaml.safe_load(text), FeaturesSettings, Path("features.yaml")))


def test_a_window_more_needs_no_other_tiles() -> None:
    one, more = (plan(f"behaviour: [{{channel: [web], verb: [view], stats: [count], window_days: {w}}}]") for w in ("[7]", "[7, 28]"))
    assert one.digest("code") == more.digest("code")


def test_another_condition_another_quantity_a_property_and_other_code_do() -> None:
    base = "behaviour: [{channel: [web], verb: [view], stats: [count], window_days: [7]}]"
    others = [
        base.replace("web", "app"),
        base + "\npurchase: [{stats: [item_count], window_days: [7]}]",
        base + "\ndemographics: [{property: region}]",
    ]
    digests = {plan(text).digest("code") for text in [base, *others]} | {plan(base).digest("other code")}
    assert len(digests) == 5


def test_only_steps_of_sequences_keep_their_moment() -> None:
    assert plan(ORDERED.replace("ordered: true, ", "")).timed == ()
    assert len(plan(ORDERED).timed) == 3
