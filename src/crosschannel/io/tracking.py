"""MLflow: one parent run per pipeline run, one child per stage, and the registry of models.

The only module that knows MLflow, which is imported at first use because that costs seconds. Params,
metrics and tags of a stage are gathered and sent in one call when the stage ends; figures and texts
are sent at once. Only native formats are stored (UBJ, JSON): nothing that could run code on load.
Separate processes share a parent: it is found again by its tag ``pipeline_id``.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from crosschannel.errors import UsageError
from crosschannel.io.evidence import Evidence, Metric
from crosschannel.io.model_registry import CHAMPION, Registry, write_native
from crosschannel.io.notes import to_note
from crosschannel.io.quiet_mlflow import quiet_mlflow
from crosschannel.io.run_inputs import TAG, as_datasets, as_text

EXPERIMENT = "crosschannel"
TRACKING_URI_ENV = "MLFLOW_TRACKING_URI"
PARENT_TAG = "mlflow.parentRunId"
NAME_TAG = "mlflow.runName"
NOTE_TAG = "mlflow.note.content"  # what the UI shows as a run's description, in Markdown
KIND_TAGS = {"mlflow.experimentKind": "custom_model_development"}  # else the UI opens on its pages for chat models


class Tracker:
    """Runs, evidence and registered models of one project.

    Attributes
    ----------
    uri
        Tracking store, such as ``sqlite:////lake/mlflow/mlflow.db``.
    artifact_root
        Where figures and models lie; ``None`` leaves it to the tracking server.
    experiment
        Name of the experiment, and prefix of registered model names.
    pipeline_id
        What the jobs of one pipeline run have in common.
    """

    def __init__(self, uri: str, artifact_root: str | None, experiment: str = EXPERIMENT, pipeline_id: str = "") -> None:
        self.uri, self.artifact_root, self.experiment = uri, artifact_root, experiment
        self.pipeline_id = pipeline_id or "adhoc"
        self._client: Any = None
        self._parent = self._run = ""
        self._metrics: list[Metric] = []
        self._params: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._cards: list[str] = []

    @contextmanager
    def stage(self, job: str, tags: Mapping[str, str] | None = None) -> Iterator[Tracker]:
        """Open the child run of a job; close it as finished or failed."""
        self._run = self._start(job, {"stage": job, **(tags or {})})
        status = "FAILED"
        try:
            yield self
            status = "FINISHED"
        finally:
            self._flush()
            for run in (self._run, self._parent):
                self.client.set_terminated(run, status)
            self._run = ""

    def log(self, evidence: Evidence) -> None:
        """Log all evidence of a stage."""
        self.log_params(evidence.params)
        self.log_tags(evidence.tags)
        self._metrics += [(k, float(v), s) for k, v, s in evidence.metrics if math.isfinite(v)]
        self._cards += [evidence.card] if evidence.card else []
        self._tags[NOTE_TAG] = to_note(self._cards)
        for put, files in ((self.log_text, evidence.texts), (self.log_dict, evidence.dicts), (self.log_figure, evidence.figures)):
            for name, content in files.items():
                put(content, name)

    def log_params(self, params: Mapping[str, object]) -> None:
        """Keep settings of the stage; sent when it ends."""
        self._params |= {k: str(v)[:5000] for k, v in params.items()}

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Keep tags of the stage; sent when it ends."""
        self._tags |= {k: str(v)[:5000] for k, v in tags.items()}

    def log_inputs(self, lake: str, versions: Mapping[str, int], context: str) -> None:
        """Name the Delta tables the stage read, each at its version; sent at once."""
        self.log_tags({TAG: as_text(versions)})
        if datasets := as_datasets(lake, versions, context):
            self.client.log_inputs(self._stage_run(), datasets=datasets)

    def log_metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Keep measured values; ``step`` is what a curve is drawn over (k, a pass, a round)."""
        self._metrics += [(k, float(v), step) for k, v in values.items() if math.isfinite(v)]

    def log_figure(self, figure: Any, name: str) -> None:
        """Store a matplotlib figure as ``figures/<name>``."""
        self.client.log_figure(self._stage_run(), figure, f"figures/{name}")

    def log_text(self, text: str, name: str) -> None:
        """Store a text file, such as a model card."""
        self.client.log_text(self._stage_run(), text, name)

    def log_dict(self, content: Any, name: str) -> None:
        """Store a JSON file."""
        self.client.log_dict(self._stage_run(), content, name)

    def log_pipeline(self, params: Mapping[str, object], metrics: Mapping[str, float], tags: Mapping[str, str]) -> None:
        """Log at once on the parent run: resolved settings, rows, seconds, grades."""
        rows = [(k, float(v), 0) for k, v in metrics.items() if math.isfinite(v)]
        parent = self._parent_run()
        self._send(parent, {k: str(v)[:5000] for k, v in params.items()}, rows, dict(tags))
        if not self._run and self.client.get_run(parent).info.status == "RUNNING":  # a run without a stage, since nothing had changed
            self.client.set_terminated(parent, "FINISHED")

    def log_pipeline_file(self, path: Path, folder: str = "") -> None:
        """Attach a file, such as the report, to the parent run."""
        self.client.log_artifact(self._parent_run(), str(path), folder or None)

    def close_left_open(self) -> int:
        """End as killed what a process that is gone left running in this pipeline run, models first; return how many runs."""
        place = [self._experiment_id()]
        found = self.client.search_runs(place, f"tags.pipeline_id = '{self.pipeline_id}' and attributes.status = 'RUNNING'", max_results=1000)
        for run_id in (left := [run.info.run_id for run in found]):
            for model in self.client.search_logged_models(place, f"source_run_id = '{run_id}'"):
                if str(model.status) == "PENDING":
                    self.client.finalize_logged_model(model.model_id, "FAILED")
            self.client.set_terminated(run_id, "KILLED")
        return len(left)

    def register(self, name: str, model_version: str, native: Any, tags: Mapping[str, str], card: str = "") -> str:
        """Register a model once per content; return its number in the registry.

        Parameters
        ----------
        native
            A booster, or a mapping from file name to text for models that are JSON.
        card
            What the registry's page says of the model, in Markdown.
        """
        if (known := self.registry.entry(name, model_version)) is not None:
            return str(known.number)
        with tempfile.TemporaryDirectory() as folder:
            write_native(Path(folder), native)
            stored = self.client.create_logged_model(self._experiment_id(), name, self._stage_run())
            self.client.log_model_artifacts(stored.model_id, folder)
            self.client.finalize_logged_model(stored.model_id, "READY")
        place = {"source": stored.artifact_location, "run_id": self._stage_run(), "model_id": stored.model_id, "description": card}
        return str(self.registry.add(name, model_version, place, tags))

    def settle(self, name: str, model_version: str, *, is_accepted: bool) -> None:
        """Make a registered model champion (the one before becomes ``previous``), or challenger."""
        (self.registry.promote if is_accepted else self.registry.challenge)(name, self.registry.find(name, model_version))

    def champion(self, name: str) -> str | None:
        """Return the model version (hash of content) that scoring uses; ``None`` before the first."""
        entry = self.registry.aliased(name, CHAMPION)
        return None if entry is None else entry.model_version

    @cached_property
    def registry(self) -> Registry:
        """The registered models of this experiment."""
        return Registry(self.client, self.experiment)

    @property
    def client(self) -> Any:
        """The MLflow client, made at first use."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> Any:
        quiet_mlflow()
        if self.uri.startswith("sqlite:///"):
            Path(self.uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        import mlflow

        quiet_mlflow()
        # Never mlflow.set_tracking_uri: it writes the address into the environment, where the next lake would find it.
        return mlflow.MlflowClient(self.uri, self.uri)

    def _experiment_id(self) -> str:
        found = self.client.get_experiment_by_name(self.experiment)
        if found is not None:
            return str(found.experiment_id)
        return str(self.client.create_experiment(self.experiment, artifact_location=self.artifact_root, tags=KIND_TAGS))

    def _parent_run(self) -> str:
        if not self._parent:
            experiment = self._experiment_id()
            found = self.client.search_runs([experiment], f"tags.pipeline_id = '{self.pipeline_id}' and tags.role = 'pipeline'", max_results=1)
            tags = {"pipeline_id": self.pipeline_id, "role": "pipeline", NAME_TAG: f"pipeline {self.pipeline_id}"}
            self._parent = found[0].info.run_id if found else self.client.create_run(experiment, tags=tags).info.run_id
        return self._parent

    def _start(self, name: str, tags: Mapping[str, str]) -> str:
        parent = self._parent_run()
        self.client.update_run(parent, status="RUNNING")
        own = {PARENT_TAG: parent, NAME_TAG: name, "pipeline_id": self.pipeline_id, "role": "stage", **tags}
        return str(self.client.create_run(self._experiment_id(), tags=own).info.run_id)

    def _stage_run(self) -> str:
        if not self._run:
            raise UsageError("no stage is open: call tracker.stage(job) around what is logged")
        return self._run

    def _flush(self) -> None:
        self._send(self._run, self._params, self._metrics, self._tags)
        self._params, self._metrics, self._tags, self._cards = {}, [], {}, []

    def _send(self, run: str, params: Mapping[str, str], metrics: list[Metric], tags: Mapping[str, str]) -> None:
        from mlflow.entities import Metric as Point, Param, RunTag

        points = [Point(k, v, int(time.time() * 1000), s) for k, v, s in metrics]
        for start in range(0, len(points), 1000):  # the store takes at most 1,000 metrics and 100 params a call
            self.client.log_batch(run, metrics=points[start : start + 1000])
        kept = [Param(k, v) for k, v in params.items()]
        for start in range(0, len(kept), 100):
            self.client.log_batch(run, params=kept[start : start + 100])
        self.client.log_batch(run, tags=[RunTag(k, v) for k, v in tags.items()])


def open_tracker(lake: str, project: str = "", pipeline_id: str = "") -> Tracker:
    """Track beside a local lake, or wherever ``MLFLOW_TRACKING_URI`` says."""
    experiment = "-".join(filter(None, (EXPERIMENT, project)))
    if uri := os.environ.get(TRACKING_URI_ENV):
        return Tracker(uri, None, experiment, pipeline_id)
    if "://" in lake:
        raise UsageError(f"the lake {lake} is no local folder: set {TRACKING_URI_ENV} to the MLflow server that keeps its models")
    folder = Path(lake.removeprefix("file:")).resolve() / "mlflow"
    return Tracker(f"sqlite:///{folder / 'mlflow.db'}", str(folder / "artifacts"), experiment, pipeline_id)
