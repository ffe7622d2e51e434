"""What is submitted: spark-submit --py-files fmcg_spark.zip run.py --lake URL --warehouse URL."""

from fmcg_spark.command import run

if __name__ == "__main__":
    run()
