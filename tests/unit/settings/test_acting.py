"""``scores.yaml``: lists and reasons speak of scores that exist."""

from pathlib import Path
from typing import Any

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.load import validated
from crosschannel.settings.project import Project
from crosschannel.settings.scores import ScoresSettings
from crosschannel.shipped import shipped_conf

FAMILY = {"name": "orders", "include": ["order_*"], "raises": "they buy", "lowers": "they do not"}


def scores_of(**more: Any) -> ScoresSettings:
    return validated({"scores": [{"name": "purchase"}], **more}, ScoresSettings, Path("scores.yaml"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"lists": [{"name": "alerts", "score": "churn", "capacity": 5}]}, "churn"),
        ({"lists": [{"name": "leads", "score": "purchase", "capacity": 0}]}, "capacity"),
        ({"lists": [{"name": "leads", "score": "purchase", "capacity": 5}] * 2}, "same name"),
        ({"reasons": {"families": [FAMILY | {"scores": ["lead"]}]}}, "lead"),
        ({"reasons": {"families": [FAMILY | {"include": []}]}}, "include"),
    ],
)
def test_a_list_or_reason_that_cannot_work_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        scores_of(**more)


def test_a_list_may_be_of_any_score_the_omnichannel_one_included() -> None:
    assert scores_of(lists=[{"name": "fans", "score": "omnichannel", "capacity": 5}]).lists[0].min_probability == 0


@pytest.mark.parametrize("conf", ["demo", "completejourney"])
def test_every_feature_of_a_shipped_project_that_declares_reasons_has_one(conf: str) -> None:
    project = Project(shipped_conf(conf))
    declared = project.scores.reasons.families
    without = [f.name for f in project.features.feature_columns() if f.family != "demographics" and not any(d.takes("purchase", f.name) for d in declared)]
    assert not declared or not without
