from crosschannel.models.split import SLICE, labelled, labelled_dates, to_calibrating, with_slice
from crosschannel.settings.scores import Holdout
from tests.support.planted import EARLIER, LATEST, TODAY, planted_features, planted_labels

HOLDOUT = Holdout(test=0.2, calibrate=0.2, stop=0.1)


def sliced(spark, *dates, as_of_date=TODAY):
    rows = labelled(planted_features(spark, 400, *dates), planted_labels(spark, 400, *dates), "purchase", as_of_date=as_of_date)
    return rows.transform(with_slice, dates=labelled_dates(rows, "purchase"), holdout=HOLDOUT, seed=7).collect()


def customers(rows, *slices):
    return {r.customer_id for r in rows if r[SLICE] in slices}


def test_no_customer_is_in_two_slices(spark):
    rows = sliced(spark, EARLIER, LATEST)
    parts = [customers(rows, s) for s in ("train", "stop", "calibrate", "test")]
    assert sum(len(p) for p in parts) == len(set().union(*parts))
    assert abs(len(parts[3]) / 400 - 0.2) < 0.06


def test_learners_know_every_date_and_judges_only_the_latest(spark):
    rows = sliced(spark, EARLIER, LATEST)
    assert {r.as_of_date for r in rows if r[SLICE] in {"train", "stop", "calibrate"}} == {EARLIER, LATEST}
    assert {r.as_of_date for r in rows if r[SLICE] == "test"} == {LATEST}


def test_trees_are_calibrated_on_stopping_customers_too(spark):
    rows = labelled(planted_features(spark, 400, EARLIER, LATEST), planted_labels(spark, 400, EARLIER, LATEST), "purchase", as_of_date=TODAY)
    dealt = rows.transform(with_slice, dates=labelled_dates(rows, "purchase"), holdout=HOLDOUT, seed=7)
    alone, both = (dealt.transform(to_calibrating, with_stop=w).collect() for w in (False, True))
    before, dates = dealt.collect(), (str(EARLIER), str(LATEST))
    assert customers(alone, *dates) == customers(before, "calibrate")
    assert customers(both, *dates) == customers(before, "calibrate", "stop")
    assert customers(both, "test") == customers(alone, "test") == customers(before, "test")
    assert all(r[SLICE] in ("test", str(r.as_of_date)) for r in both)


def test_with_one_date_the_split_is_by_customer_alone(spark):
    rows = sliced(spark, LATEST)
    assert all(r[SLICE] is not None for r in rows)
    assert len(customers(rows, "train", "stop", "calibrate", "test")) == 400


def test_only_finished_horizons_are_joined(spark):
    assert {r.as_of_date for r in sliced(spark, EARLIER, LATEST, as_of_date=LATEST)} == {EARLIER}
