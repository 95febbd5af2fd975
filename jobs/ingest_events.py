"""Take new raw files into bronze, refuse what breaks a rule, and book every file.

What it reads and writes, and what a rerun does: crosschannel/jobs/ingest_events.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/ingest_events.py --conf conf/demo --raw var/demo/raw --lake var/demo/lake
"""

from crosschannel.jobs.ingest_events import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
