"""Build the labels of every date whose horizon lies inside the data.

What it reads and writes, and what a rerun does: crosschannel/jobs/build_labels.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/build_labels.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.build_labels import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
