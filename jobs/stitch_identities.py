"""Stitch identifiers into customers.

What it reads and writes, and what a rerun does: crosschannel/jobs/stitch_identities.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/stitch_identities.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.stitch_identities import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
