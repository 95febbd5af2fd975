"""A task is a label and a score in YAML: everything else follows from these."""

from pathlib import Path

from crosschannel.jobs.manage_models import model_names
from crosschannel.models.scores import labels_of_scores
from crosschannel.publish.release import published_contract
from crosschannel.settings.project import Project
from crosschannel.settings.scores import TrainScoresSettings
from crosschannel.shipped import shipped_conf
from tests.support.told_tasks import with_told_tasks


def test_two_tasks_are_added_by_text_and_reach_labels_models_lists_and_published_columns(tmp_path: Path) -> None:
    project = Project(with_told_tasks(shipped_conf("demo"), tmp_path))
    settings = TrainScoresSettings(features=project.features, labels=project.labels, scores=project.scores)
    wanted = labels_of_scores(settings)
    assert wanted == {"email_response": "email_response", "lead": "lead", "purchase": "purchase", "churn": "churn", "omnichannel": "purchase"}
    assert project.labels.label("email_response").days_until_known == 21
    assert project.labels.label("lead").exclude[0].within_days == 28
    assert model_names(project.scores) == ("segments", *wanted)
    assert {"email_response_score", "lead_decile"} <= {str(c) for c in published_contract(project.scores.names).columns}
    assert [one.name for one in project.scores.lists] == ["sales_calls", "lead_queue", "churn_alerts"]
