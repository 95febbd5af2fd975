import numpy as np
import pytest

from crosschannel.synth import slots
from crosschannel.synth.activity import CLEAN, CORRUPT, SKEWED, activity_of
from crosschannel.synth.drafts import DAY_MILLIS, START_MILLIS, week_of
from crosschannel.synth.lives import modes_of
from crosschannel.synth.parameters import SOURCES, World
from crosschannel.synth.people import traits_of
from crosschannel.synth.shapes import NOBODY, Activity

WORLD = World(3_000, 45, 5, "hard")
EVENTS, CARRIED = activity_of(WORLD, np.arange(WORLD.people))
TRAITS = traits_of(WORLD, np.arange(WORLD.people))
IS_ACT = EVENTS["person"] != NOBODY


def of(source: str) -> np.ndarray:
    return (EVENTS["source"] == SOURCES.index(source)) & IS_ACT


def by_key(columns: dict[str, np.ndarray]) -> list[tuple[int, ...]]:
    return sorted(zip(*[columns[str(c)].tolist() for c in Activity.columns], strict=True))


def test_a_person_lives_the_same_life_in_any_batch() -> None:
    few, _ = activity_of(WORLD, np.arange(700, 720))
    same = (EVENTS["person"] >= 700) & (EVENTS["person"] < 720)
    assert by_key(few) == by_key({name: values[same] for name, values in EVENTS.items()})


def test_events_of_a_person_and_source_are_numbered_without_gaps() -> None:
    key = np.stack([EVENTS["source"], EVENTS["person"], EVENTS["ordinal"]], axis=1)[IS_ACT]
    assert len(np.unique(key, axis=0)) == len(key)


def test_all_events_lie_inside_the_logged_days() -> None:
    day = (EVENTS["moment"] - START_MILLIS) // DAY_MILLIS
    assert day.min() == 0
    assert day.max() == WORLD.days - 1


def test_held_out_people_get_no_promotion() -> None:
    promo = of("email") & (EVENTS["content"] == 0) & np.isin(EVENTS["kind"], (0, 3))
    assert promo.sum() > 1_000
    assert not TRAITS.is_holdout[EVENTS["person"][promo]].any()


def test_people_who_withdrew_get_no_mail() -> None:
    sent = of("email") & np.isin(EVENTS["kind"], (0, 3))
    assert (week_of(EVENTS["moment"][sent]) < TRAITS.email_until[EVENTS["person"][sent]]).all()


def test_the_gone_are_still_mailed_but_do_nothing() -> None:
    modes = modes_of(WORLD, TRAITS)
    gone = modes[EVENTS["person"], week_of(EVENTS["moment"])] == 5
    assert (gone & of("email")).any()
    assert not (gone & (of("web") | of("app") | of("store") | of("call"))).any()


def test_the_crm_exports_everybody_it_knows_each_week() -> None:
    assert of("crm").sum() == TRAITS.in_crm.sum() * WORLD.weeks


@pytest.mark.parametrize(("mess", "share"), [(SKEWED, "skewed"), (CORRUPT, "corrupt")])
def test_the_mess_has_its_planted_share(mess: int, share: str) -> None:
    web = of("web")
    assert (EVENTS["mess"][web] == mess).mean() == pytest.approx(getattr(WORLD.level, share), rel=0.4)


def test_only_clean_records_are_sent_twice() -> None:
    assert (EVENTS["mess"][EVENTS["copies"] > 0] == CLEAN).all()


def test_nothing_is_delivered_after_the_last_delivery() -> None:
    assert (week_of(EVENTS["moment"]) + EVENTS["weeks_late"]).max() == WORLD.weeks - 1
    assert EVENTS["weeks_late"].min() == 0


def test_a_kiosk_sees_dozens_of_people_log_in() -> None:
    at_kiosk = of("web") & (EVENTS["id_a"] <= slots.FIRST_KIOSK) & (EVENTS["id_b"] >= 0)
    assert len(np.unique(EVENTS["person"][at_kiosk])) > 24


def test_a_good_part_of_visits_never_logs_in() -> None:
    assert 0.5 < (EVENTS["id_b"][of("web")] == NOBODY).mean() < 0.9


def test_spend_is_nobodys() -> None:
    assert (~IS_ACT).sum() == 4 * WORLD.days


def test_evidence_names_identifiers_of_one_person() -> None:
    own = CARRIED["evidence"] != NOBODY
    assert own.mean() > 0.7
    assert (CARRIED["number"][own] // slots.SLOTS == CARRIED["evidence"][own] // slots.SLOTS).all()
    assert (CARRIED["evidence"][own] <= CARRIED["number"][own]).all()


def test_identifiers_are_named_once_per_person() -> None:
    assert len(set(zip(*[v.tolist() for v in CARRIED.values()], strict=True))) == len(CARRIED["number"])
    web = of("web") & (EVENTS["mess"] == CLEAN) & (EVENTS["id_a"] != NOBODY)
    assert set(zip(EVENTS["id_a"][web].tolist(), EVENTS["person"][web].tolist(), strict=True)) <= set(
        zip(CARRIED["number"].tolist(), CARRIED["person"].tolist(), strict=True)
    )
