"""``playbook.yaml``: which segment is spoken to, and what is refused at load."""

from pathlib import Path
from typing import Any

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.consent import USES, ConsentSettings, Purpose
from crosschannel.settings.load import validated
from crosschannel.settings.playbook import PlaybookSettings, refuse_foreign_purposes
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

MAIL = {"channel": "email", "template": "hello"}
QUIET = {"name": "quiet", "segments": ["*"], "none": "nothing to say"}


def playbook(*plays: dict[str, Any], **given: Any) -> PlaybookSettings:
    plain = {"consent": {"email": "consent_email"}, "without_consent": ["app"], "plays": list(plays), **given}
    return validated(plain, PlaybookSettings, Path("playbook.yaml"))


def play(name: str = "greet", segments: tuple[str, ...] = ("*",), **given: Any) -> dict[str, Any]:
    return {"name": name, "segments": list(segments), "actions": [MAIL], **given}


def test_a_segment_is_meant_by_id_by_name_or_by_a_part_of_its_name() -> None:
    (one,) = playbook(play(segments=("s_7", "*lapsing*"))).plays
    assert one.takes("s_7", "high-value active web")
    assert one.takes("s_1", "Low-value Lapsing email"), "names begin with a capital"
    assert not one.takes("s_77", "high-value active web")


def test_segments_without_a_play_and_plays_without_a_segment_are_named() -> None:
    book = playbook(play(segments=("high*",)), play("other", segments=("x*",)))
    segments = [("s_1", "high-value"), ("s_2", "low-value")]
    assert book.uncovered(segments) == ("low-value",)
    assert book.useless(segments) == ("other",)


def test_a_play_that_says_none_covers_its_segments() -> None:
    assert playbook(play(segments=("high*",)), QUIET).uncovered([("s_1", "high-value"), ("s_2", "low-value")]) == ()


@pytest.mark.parametrize(
    ("plays", "message"),
    [
        ([], "at least 1 item"),
        ([{"name": "x", "segments": ["*"]}], "give either actions, or none"),
        ([play(none="but no")], "give either actions, or none"),
        ([play(segments=())], "at least 1 item"),
        ([play(), play()], "two plays are called greet"),
        ([QUIET, play()], "play greet is never reached: quiet takes all"),
        ([play("a", ("x", "y")), play("b", ("y",))], "play b is never reached: a takes all"),
        ([play("no_play")], "choose another name"),
        ([play(actions=[{"channel": "sms", "template": "t"}])], "neither consent nor without_consent says anything; choose from app, email"),
        ([play(actions=[{"channel": "emial", "template": "t"}])], "no known channel"),
        ([play(actions=[MAIL | {"wait_days": 9, "expires_days": 3}])], "may never be sent"),
        ([play(actions=[MAIL | {"template": "../../etc/passwd"}])], "should match pattern"),
        ([play(when=[{"score": "churn"}])], "give deciles, at_least or at_most"),
        ([play(when=[{"score": "churn", "deciles": [11]}])], "less than or equal to 10"),
        ([play(when=[{"score": "churn", "at_least": 0.5, "at_most": 0.1}])], "no score is at least 0.5"),
    ],
    ids=[
        "no plays", "neither", "both", "no segment", "a name twice", "all taken", "these taken", "a reserved name", "no word on consent", "misspelt channel",
        "expired before sent", "a path", "no condition", "no decile", "no score",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(plays: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        playbook(*plays)


def test_a_play_with_a_condition_leaves_the_rest_to_those_below() -> None:
    assert len(playbook(play(when=[{"score": "churn", "deciles": [1]}]), play("rest")).plays) == 2


def test_a_channel_is_asked_for_or_not_but_not_both() -> None:
    with pytest.raises(UsageError, match="app stands in consent and in without_consent"):
        playbook(play(), consent={"email": "consent_email", "app": "consent_app"})


PLAYS = "plays:\n  - name: greet\n    segments: ['*']\n    when: [{score: SCORE, deciles: [1]}]\n    campaign: CAMPAIGN\n    actions: [{channel: app, template: t}]\n"


@pytest.mark.parametrize(
    ("score", "campaign", "message"),
    [
        ("chrun", "win_back", r"playbook.yaml:5: plays.0.when.0.score: 'chrun' is not in scores.yaml; .*did you mean churn"),
        ("churn", "winback", r"playbook.yaml:6: plays.0.campaign: 'winback' is not in the campaigns of holdouts.yaml; .*did you mean win_back"),
    ],
)
def test_a_name_of_another_file_is_held_against_that_file(tmp_path: Path, score: str, campaign: str, message: str) -> None:
    text = "without_consent: [app]\n" + PLAYS.replace("SCORE", score).replace("CAMPAIGN", campaign)
    (tmp_path / "playbook.yaml").write_text(text, encoding="utf-8")
    for name in ("scores.yaml", "holdouts.yaml"):
        (tmp_path / name).write_text((shipped_conf("demo") / name).read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        _ = Project(tmp_path).plan


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("email: marketting", r"playbook.yaml:1: consent.email: 'marketting' is not in the purposes of consent.yaml with channel email; .*did you mean marketing"),
        ("sms: advertising", r"consent.sms: 'advertising' is not in the purposes of consent.yaml with channel sms"),
        ("ads: marketing", r"consent.ads: 'marketing' is not in the purposes of consent.yaml with channel ads"),
    ],
)
def test_a_channel_names_a_purpose_that_consent_decides_for_it(given: str, message: str) -> None:
    consent = ConsentSettings(purposes={"marketing": Purpose(channels=("email", "sms")), "profiling": Purpose()}, uses=dict.fromkeys(USES, "profiling"))
    channel, purpose = given.split(": ")
    asked = playbook(play(), consent={channel: purpose}, without_consent=["app", "email"] if channel != "email" else ["app"])
    with pytest.raises(UsageError, match=message):
        refuse_foreign_purposes(asked, consent, lambda _: "playbook.yaml:1")
    refuse_foreign_purposes(asked, ConsentSettings(), lambda _: "")  # without consent.yaml it is a property


def test_a_project_without_the_two_files_plans_nothing(tmp_path: Path) -> None:
    assert Project(tmp_path).plan.is_empty


def test_the_demo_covers_whatever_segments_come_out_and_no_play_of_it_is_hidden() -> None:
    plan = Project(shipped_conf("demo")).plan
    assert plan.playbook is not None
    assert plan.playbook.uncovered([("s_99", "a name nobody saw before")]) == ()
    assert plan.holdouts is not None
