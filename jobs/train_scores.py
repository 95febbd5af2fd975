"""Train, calibrate and judge the purchase and churn scores.

What it reads and writes, and what a rerun does: crosschannel/jobs/train_scores.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/train_scores.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.train_scores import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
