"""Compact, clean up and bring the tables of the lake in line with their contracts.

What it reads and writes, and what a rerun does: crosschannel/jobs/maintain_tables.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/maintain_tables.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.maintain_tables import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
