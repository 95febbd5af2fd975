"""Book what people said about the use of their data, for every identifier they said it with.

What it reads and writes, and what a rerun does: crosschannel/jobs/record_consents.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/record_consents.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.record_consents import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
