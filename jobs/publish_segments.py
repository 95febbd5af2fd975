"""Publish segments and scores as one release.

What it reads and writes, and what a rerun does: crosschannel/jobs/publish_segments.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/publish_segments.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.publish_segments import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
