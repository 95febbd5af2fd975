#!/usr/bin/env bash
# Not run by us. One job on Kubernetes, with the driver in a pod of its own; nothing is shipped, the image holds everything (Dockerfile beside this file).
#
#   API=https://HOST:6443 IMAGE=REGISTRY/crosschannel:0.1.0 deploy/kubernetes/submit.sh JOB --conf conf/demo --raw PATH --lake PATH
#
# The service account spark may make pods in the namespace; the secret crosschannel holds CROSSCHANNEL_PSEUDONYM_KEY, for drivers alone. Lake and raw logs
# lie on a volume that driver and executors mount at one path, here /data; an object store needs its Hadoop connector in the image.
set -euo pipefail
job="${1:?the job}"
shift
exec "${SPARK_HOME:+$SPARK_HOME/bin/}spark-submit" --master "k8s://${API:?address of the API server}" --deploy-mode cluster --name "crosschannel-$job" \
  --properties-file conf/spark/cluster.conf \
  --conf "spark.kubernetes.container.image=${IMAGE:?}" \
  --conf "spark.kubernetes.namespace=${NAMESPACE:-crosschannel}" \
  --conf spark.kubernetes.authenticate.driver.serviceAccountName=spark \
  --conf spark.kubernetes.driver.secretKeyRef.CROSSCHANNEL_PSEUDONYM_KEY=crosschannel:CROSSCHANNEL_PSEUDONYM_KEY \
  --conf "spark.kubernetes.driverEnv.MLFLOW_TRACKING_URI=${MLFLOW_TRACKING_URI:?a server or a database}" \
  --conf spark.kubernetes.driver.volumes.persistentVolumeClaim.data.mount.path=/data \
  --conf spark.kubernetes.driver.volumes.persistentVolumeClaim.data.options.claimName=crosschannel \
  --conf spark.kubernetes.executor.volumes.persistentVolumeClaim.data.mount.path=/data \
  --conf spark.kubernetes.executor.volumes.persistentVolumeClaim.data.options.claimName=crosschannel \
  --conf "spark.executor.instances=${EXECUTORS:-2}" \
  "local:///opt/crosschannel/jobs/$job.py" "$@"
