#!/usr/bin/env bash
# Not run by us. Jobs on YARN, with the driver on the cluster too: make the bundle with --driver, on a machine like the nodes.
#
#   BUNDLE=/srv/bundle deploy/yarn/submit.sh all --conf project/demo --raw hdfs:///data/raw --lake hdfs:///data/lake
#
# project/ is the bundle's project.tar, unpacked beside the driver. Nodes need Java 17, and as python3 the Python that manifest.json names.
# A submit in cluster mode ends with 1 whatever the exit code of the job was: the code stands in the log of the application.
set -euo pipefail
bundle="${BUNDLE:?the folder that crosschannel bundle made}"
: "${MLFLOW_TRACKING_URI:?a server or a database: the lake is no local folder}"
: "${CROSSCHANNEL_PSEUDONYM_KEY_FILE:?a file on every node that may run a driver}"
exec "$bundle/submit.sh" --master yarn --deploy-mode cluster \
  --archives "$bundle/deps.tar#deps,$bundle/project.tar#project" \
  --conf spark.yarn.maxAppAttempts=1 \
  --conf spark.yarn.appMasterEnv.PYSPARK_PYTHON=python3 \
  --conf spark.yarn.appMasterEnv.PYTHONPATH=./deps \
  --conf spark.yarn.appMasterEnv.PYTHONNOUSERSITE=1 \
  --conf "spark.yarn.appMasterEnv.CROSSCHANNEL_PSEUDONYM_KEY_FILE=$CROSSCHANNEL_PSEUDONYM_KEY_FILE" \
  --conf "spark.yarn.appMasterEnv.MLFLOW_TRACKING_URI=$MLFLOW_TRACKING_URI" \
  -- "$@"
