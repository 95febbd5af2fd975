"""Train the segments, name them, and keep their ids stable.

What it reads and writes, and what a rerun does: crosschannel/jobs/train_segments.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/train_segments.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.train_segments import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
