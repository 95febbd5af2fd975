"""The part of the report about channels and acts: shown where there is a study, absent where there is none."""

from dataclasses import replace

from crosschannel.jobs.read_studies import answer_of
from crosschannel.quality.report_facts import Facts
from crosschannel.quality.report_worth import channels, weights

EMPTY = Facts("p", "lake", None, *([()] * 5), {}, *([()] * 6), {}, {})


def study(kind: str, name: str, auc: float, gap: float, low: float, high: float) -> dict[str, object]:
    """A row of ``ml.model_studies``."""
    ends = {"variant_auc": auc, "variant_auc_low": auc - 0.02, "variant_auc_high": auc + 0.02, "whole_minus_variant": gap, "low": low, "high": high}
    return {"model_name": "purchase", "study": kind, "variant_name": name, "metric": "auc", "features": 9, "customers": 800, **ends}


def test_the_answer_follows_the_interval_of_the_best_single_channel() -> None:
    everything, store = study("channel", "all", 0.81, 0.0, 0.0, 0.0), study("channel", "store", 0.7, 0.11, 0.08, 0.13)
    for low, high, said in ((0.01, 0.05, "Joining channels pays"), (-0.01, 0.05, "It is not shown"), (-0.05, -0.01, "Joining channels does not pay")):
        answer = answer_of([everything, store, study("channel", "web", 0.78, 0.03, low, high)])
        assert answer.startswith(said)
        assert "over web, the best single channel, on 800 customers" in answer
    assert answer_of([everything]) == "No feature belongs to one channel alone, so there is nothing to compare."


def test_channels_stand_beside_all_and_families_with_what_is_lost() -> None:
    rows = (study("channel", "all", 0.81, 0.0, 0.0, 0.0), study("channel", "web", 0.78, 0.03, 0.01, 0.05), study("without_family", "cross_channel", 0.8, 0.01, 0.0, 0.02))
    page = channels(replace(EMPTY, studies=rows, answer="Joining channels pays."))
    for figure in ("Joining channels pays.", "0.780 (0.760 to 0.800)", "+0.030 (+0.010 to +0.050)", "cross-channel", "+0.010 (+0.000 to +0.020)"):
        assert figure in page
    assert channels(EMPTY) == ""


def test_acts_are_shown_with_their_weights() -> None:
    page = weights(replace(EMPTY, weights=({"slice": "act=web view", "value": 0.25}, {"slice": "act=web purchase", "value": 1.0})))
    assert "web view" in page
    assert "0.250" in page
    assert weights(EMPTY) == ""
