"""Draw control groups, and propose to everybody else what the playbook says.

What it reads and writes, and what a rerun does: crosschannel/jobs/plan_actions.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/plan_actions.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.plan_actions import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
