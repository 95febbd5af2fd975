#!/usr/bin/env bash
# Hand jobs to a cluster with spark-submit and what lies beside this script.
#
#   ./submit.sh [OPTIONS OF SPARK-SUBMIT] -- JOB [OPTIONS OF THE JOB]
#   ./submit.sh --master spark://HOST:7077 -- ingest_events --conf conf/demo --raw /shared/raw --lake /shared/lake
#   ./submit.sh --master spark://HOST:7077 -- all --conf conf/demo --raw /shared/raw --lake /shared/lake
#
# JOB is a file of jobs/ without its ending, or all: every job in order, as one run of the ledger, up to the first that fails.
# The exit code is the job's (docs/exit-codes.md); after any failure the same command may be repeated.
#
#   SPARK_HOME              the Spark that submits; else spark-submit of the PATH
#   PYSPARK_DRIVER_PYTHON   Python of the driver in client mode: one with all packages, such as .venv/bin/python
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

options=()
while [ $# -gt 0 ] && [ "$1" != "--" ]; do
  options+=("$1")
  shift
done
job="${2:-}"
if [ "$job" != all ] && [ ! -f "$here/jobs/$job.py" ]; then
  echo "usage: submit.sh [options of spark-submit] -- JOB [options of the job]; JOB is all or one of: $(xargs <"$here/jobs/ORDER")" >&2
  exit 2
fi
shift 2

jars="$(printf '%s,' "$here"/jars/*.jar)"
standard=(--properties-file "$here/spark.conf" --jars "${jars%,}" --py-files "$here/crosschannel.zip" --archives "$here/deps.tar#deps")
if [ -n "${PYSPARK_DRIVER_PYTHON:-}" ]; then # the properties name the workers' Python, which would count for the driver too
  standard+=(--conf "spark.pyspark.driver.python=$PYSPARK_DRIVER_PYTHON")
fi

submit() {
  "${SPARK_HOME:+$SPARK_HOME/bin/}spark-submit" "${standard[@]}" ${options[@]+"${options[@]}"} "$here/jobs/$1.py" "${@:2}"
}

if [ "$job" != all ]; then
  submit "$job" "$@"
  exit
fi
export CROSSCHANNEL_PIPELINE_ID="${CROSSCHANNEL_PIPELINE_ID:-$(date -u +%Y%m%dT%H%M%S)-$$}"
while read -r name <&3; do
  submit "$name" "$@"
done 3<"$here/jobs/ORDER"
