import datetime as dt

from crosschannel.contracts.serving import PIN_DAYS
from crosschannel.io.releases import Release
from crosschannel.jobs.retire import terms_of

TERM = dt.timedelta(days=PIN_DAYS)


def night(day: int) -> dt.datetime:
    return dt.datetime(2026, 1, 1) + dt.timedelta(days=day)


def release(number: int, day: int, restores: str | None = None) -> Release:
    until = None if restores else night(day) + TERM
    return Release(f"r_{number}", number, night(day).date(), {}, {}, {}, f"d{number}", "s", night(day), readable_until=until, restores=restores)


def test_a_release_is_pinned_while_it_is_shown_and_for_its_term_after() -> None:
    known = [release(3, 100), release(2, 50), release(1, 0)]
    assert terms_of(known) == {"r_3": None, "r_2": night(100) + TERM, "r_1": night(50) + TERM}


def test_a_release_gone_back_to_is_pinned_again() -> None:
    known = [release(3, 60, restores="r_1"), release(2, 50), release(1, 0)]
    assert terms_of(known) == {"r_1": None, "r_2": night(60) + TERM}
    known = [release(4, 70), *known]
    assert terms_of(known) == {"r_4": None, "r_1": night(70) + TERM, "r_2": night(60) + TERM}


def test_what_a_release_promised_holds_even_if_the_next_one_came_at_once() -> None:
    first = release(1, 0)
    promised = Release(**{**vars(first), "readable_until": night(90)})
    assert terms_of([release(2, 1), promised])["r_1"] == night(90)
