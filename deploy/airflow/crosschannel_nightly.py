"""Not run by us. The chain every night in Airflow 2.9 or later: one task a job, each a call of the bundle's submit.sh.

Airflow decides when, and nothing else: what is new, what is to be done again and who may write is decided by the ledger of the lake, so
a task may be repeated and a day may be missed. Airflow is no requirement of the suite; this file goes into its folder of DAGs.
Variables: crosschannel_bundle, crosschannel_master, crosschannel_raw, crosschannel_lake, crosschannel_driver_python.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

STEPS = (
    "ingest_events", "conform_events", "record_consents", "stitch_identities", "build_features",
    "value_customers", "build_labels", "train_segments", "train_scores", "score_customers",
    "watch_drift", "publish_segments", "plan_actions", "maintain_tables",
)
SUBMIT = """
"{{ var.value.crosschannel_bundle }}/submit.sh" --master "{{ var.value.crosschannel_master }}" -- {step} \\
  --conf "{{ var.value.crosschannel_bundle }}/conf/demo" --raw "{{ var.value.crosschannel_raw }}" --lake "{{ var.value.crosschannel_lake }}"
"""

with DAG(
    dag_id="crosschannel_nightly",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # a run takes in all that arrived since the last one
    max_active_runs=1,  # one writer for a lake; a second one would end with 12
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},  # 12, 13 and 143 pass by themselves; 10, 11 and 15 want somebody
) as dag:
    before = None
    for step in STEPS:
        task = BashOperator(
            task_id=step,
            bash_command=SUBMIT.replace("{step}", step),
            env={
                "CROSSCHANNEL_PIPELINE_ID": "{{ ts_nodash }}",  # joins the jobs into one run of the ledger
                "PYSPARK_DRIVER_PYTHON": "{{ var.value.crosschannel_driver_python }}",
                "CROSSCHANNEL_LOG": "json",
            },
            append_env=True,  # the key of the pseudonyms comes from the environment of the worker
        )
        if before is not None:
            before >> task
        before = task
