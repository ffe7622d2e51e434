"""The command line of the runner."""

import argparse
import secrets
import sys
from datetime import datetime, timezone

from pyspark.sql import SparkSession

from fmcg_spark.bundle import Bundle
from fmcg_spark.job import ChecksFailed, Job
from fmcg_spark.lake import Lake, LakeError
from fmcg_spark.store import Iceberg, Parquet

# What the SQL means must not depend on how a cluster is set up.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
}
DONE, FAILED, CHECKS_FAILED, LAKE = 0, 1, 3, 4


def arguments(args):
    parser = argparse.ArgumentParser(prog="run.py", description="Builds the warehouse from the lake on Spark.")
    parser.add_argument("--lake", help="folder or s3a://bucket/prefix that holds parent/ and child/")
    parser.add_argument("--parent", help="the parent's files, where they lie apart")
    parser.add_argument("--child", help="the child's files, where they lie apart")
    parser.add_argument("--warehouse", required=True, help="folder or s3a://bucket/prefix to write to; with --catalog only for what lies there during a run")
    parser.add_argument("--catalog", help="write Iceberg tables of this Spark catalog, and read only what is new; without it Parquet files, all anew")
    parser.add_argument("--full", action="store_true", help="build all anew from the lake")
    parser.add_argument("--accept-missing", action="store_true", help="build anew although loaded files are gone from the lake")
    told = parser.parse_args(args)
    if not (told.lake or told.parent or told.child):
        parser.error("name the lake: --lake, or --parent and --child")
    return told


def run():
    """What is submitted, and what the wheel calls fmcg-spark. It only exits where something is wrong: some services take any exit for a failure."""
    if code := main(sys.argv[1:]):
        sys.exit(code)


def main(args):
    told = arguments(args)
    spark = SparkSession.builder.appName("fmcg").getOrCreate()
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    now = datetime.now(timezone.utc)
    run = now.strftime("%Y%m%dT%H%M%S") + f"{now.microsecond // 1000:03d}Z-{secrets.token_hex(3)}"
    warehouse = told.warehouse.rstrip("/")
    store = Iceberg(spark, told.catalog) if told.catalog else Parquet(spark, warehouse, run)
    bundle = Bundle()
    parent, child = told.parent, told.child
    if told.lake:
        parent, child = parent or f"{told.lake.rstrip('/')}/parent", child or f"{told.lake.rstrip('/')}/child"
    lake = Lake(spark, bundle.manifest["places"], parent, child)
    staging = f"{warehouse}/staging/{run}"
    try:
        worked = Job(spark, store, lake, bundle, run, say, told.full, told.accept_missing).refresh(staging)
    except ChecksFailed as failure:
        say(f"error: {failure}")
        return CHECKS_FAILED
    except LakeError as failure:
        say(f"error: {failure}")
        return LAKE
    finally:
        remove(spark, staging)
    say(f"run {run} ended well" if worked else "nothing new")
    return DONE


def remove(spark, folder):
    path = spark._jvm.org.apache.hadoop.fs.Path(folder)
    path.getFileSystem(spark._jsc.hadoopConfiguration()).delete(path, True)


def say(text):
    print(text, file=sys.stderr, flush=True)
