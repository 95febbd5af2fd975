"""Say what each customer is expected to bring.

What it reads and writes, and what a rerun does: crosschannel/jobs/value_customers.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/value_customers.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.value_customers import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
