import numpy as np
import pytest

from crosschannel.synth.behaviour import BROWSING, GONE, IN_MARKET, MAIL, OWN_ACTS, PROMO, PURCHASE, chains, first_modes, weekly_means
from crosschannel.synth.parameters import DIFFICULTIES

STANDARD = DIFFICULTIES["standard"]


def test_chains_and_first_modes_are_probabilities() -> None:
    for table in (chains(), first_modes()):
        assert (table >= 0).all()
        assert table.sum(axis=-1) == pytest.approx(1)


def test_buying_is_likely_only_where_browsing_meets_mail() -> None:
    buying = weekly_means(STANDARD)[0, 1, ..., PURCHASE]
    others = np.delete(buying, IN_MARKET, axis=1)
    assert (buying[:, IN_MARKET] > 5 * others.max(axis=1)).all()
    assert (buying[:, [BROWSING, MAIL]] > buying[:, [GONE]]).all()


def test_campaigns_have_an_effect() -> None:
    held_out, reached = weekly_means(STANDARD)[0, :, :, IN_MARKET, PURCHASE]
    assert (held_out < reached / 2).all()


def test_people_whom_promotions_do_not_reach_open_none() -> None:
    assert weekly_means(STANDARD)[:, 0, ..., PROMO].max() == 0


def test_the_gone_do_nothing() -> None:
    assert weekly_means(STANDARD)[..., GONE, OWN_ACTS].max() == 0


def test_drift_changes_behaviour() -> None:
    before, after = weekly_means(STANDARD)
    assert (after[1, :, IN_MARKET, PURCHASE] < before[1, :, IN_MARKET, PURCHASE]).all()
