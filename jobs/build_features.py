"""Build the features of every customer as of the run's date and the snapshot dates before it.

What it reads and writes, and what a rerun does: crosschannel/jobs/build_features.py
Submit  spark-submit --properties-file conf/spark/local.conf jobs/build_features.py --conf conf/demo --lake var/demo/lake
"""

from crosschannel.jobs.build_features import JOB
from crosschannel.runtime.submit import main

if __name__ == "__main__":
    main(JOB)
