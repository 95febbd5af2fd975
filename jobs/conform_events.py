"""Bring all channels into one shape, and pull out their identifiers.

What it reads and writes, and what a rerun does: crosschannel/jobs/conform_events.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/conform_events.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.conform_events import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
