"""Hold the models in use against the day they were trained on.

What it reads and writes, and what a rerun does: crosschannel/jobs/watch_drift.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/watch_drift.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.watch_drift import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
