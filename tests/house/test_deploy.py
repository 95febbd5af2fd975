"""Templates say whether we ran them, have the form of what they are, and call command lines only."""

import ast
import re
import subprocess

import pytest
import yaml

from crosschannel.jobs.chain import ORDER
from tests.support.code import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(p for p in DEPLOY.rglob("*") if p.is_file() and "__pycache__" not in p.parts and p.name != "README.md")
SCRIPTS = [*sorted(DEPLOY.rglob("*.sh")), ROOT / "conf/spark/submit.sh"]
DAG = ast.parse((DEPLOY / "airflow/crosschannel_nightly.py").read_text(encoding="utf-8"))


def test_every_template_is_listed_and_labelled_as_run_or_not_run() -> None:
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert len(FILES) >= 5
    for path in FILES:
        assert re.search(rf"\({re.escape(str(path.relative_to(DEPLOY)))}\).*\| no[ ;|]", page), f"{path.name} is not in deploy/README.md"
        assert re.match(r'^(?:#!.*\n)?(?:# |""")Not run by us\. ', path.read_text(encoding="utf-8")), f"{path.name} does not say whether we ran it"
    assert "submit.sh`](../conf/spark/submit.sh) | Spark Standalone" in page


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_script_is_one_can_be_started_and_stops_at_the_first_error(script) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o100
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")


def test_the_airflow_example_has_a_task_per_job_in_order_and_only_calls_the_script() -> None:
    (steps,) = [ast.literal_eval(n.value) for n in DAG.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "STEPS"]
    assert steps == ORDER
    imported = {n.module or "" for n in ast.walk(DAG) if isinstance(n, ast.ImportFrom)} | {a.name for n in ast.walk(DAG) if isinstance(n, ast.Import) for a in n.names}
    assert imported == {"datetime", "airflow", "airflow.operators.bash"}
    made = [ast.unparse(n.func) for n in ast.walk(DAG) if isinstance(n, ast.Call)]
    assert {name for name in made if name.endswith("Operator")} == {"BashOperator"}
    assert made.count("BashOperator") == 1


def test_the_nightly_pod_submits_the_jobs_of_the_bundle_one_night_at_a_time() -> None:
    found = yaml.safe_load((DEPLOY / "kubernetes/nightly.yaml").read_text(encoding="utf-8"))
    assert (found["kind"], found["spec"]["concurrencyPolicy"]) == ("CronJob", "Forbid")
    (container,) = found["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    (script,) = container["args"]
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert "/opt/crosschannel/jobs/ORDER" in script
    secrets = [e["name"] for e in container["env"] if "secretKeyRef" in e.get("valueFrom", {})]
    assert secrets == ["CROSSCHANNEL_PSEUDONYM_KEY"]


def test_no_template_holds_a_secret_or_an_address() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?i)(password|secret|token|key)\s*[=:]\s*[\"']?[A-Za-z0-9+/]{16,}", text), path.name
        assert not re.search(r"https?://(?!HOST|MLFLOW|kubernetes\.default\.svc)[\w.]+", text), path.name
