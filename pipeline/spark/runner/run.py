"""What is submitted: spark-submit --py-files fmcg_spark.zip run.py --lake URL --warehouse URL."""

import sys

from fmcg_spark.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
