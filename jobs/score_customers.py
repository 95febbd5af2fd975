"""Give every customer a segment and scores as of the run's date.

What it reads and writes, and what a rerun does: crosschannel/jobs/score_customers.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/score_customers.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.score_customers import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
