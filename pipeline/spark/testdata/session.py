"""One Spark session for all tests: it does what it reads, a JSON object a line.

{"run": [ARGS], "bundle": FOLDER}            runs a bundle, as its own run.py does
{"run": …, "keep": FOLDER, "of": CATALOG}    the same, and keeps what a death before each commit would leave: FOLDER/N after N commits
{"run": …, "die_after": N}                   the same, but before the commit after the N-th this process and its JVM die by SIGKILL
{"sql": {NAME: QUERY}}                       the rows of queries, each value as text
{"export": FOLDER, "tables": []}             writes tables as Parquet files, FOLDER/TABLE
{"sums": {TABLE: [COLUMN]}}                  rows and a sum over the rows of tables, without some columns
{"set": {NAME: VALUE}}                       settings of Spark
{"hadoop": {NAME: VALUE}}                    settings of its file systems
"""

import json
import os
import pathlib
import shutil
import signal
import sys
import traceback
from functools import reduce

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from fmcg_spark import bundle, command, store


class Bundle(bundle.Bundle):
    """A bundle in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder, "fmcg_spark")

    def read(self, path):
        return self.folder.joinpath(path).read_text(encoding="utf-8")


def die():
    jvm = SparkSession.getActiveSession()._jvm.java.lang.ProcessHandle.current().pid()
    os.kill(jvm, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def counted(commits, asked, method):
    def commit(self, *args, **kwargs):
        if commits["done"] == asked.get("die_after"):
            die()
        if "keep" in asked:
            shutil.copytree(asked["of"], f"{asked['keep']}/{commits['done']}")
        commits["done"] += 1
        return method(self, *args, **kwargs)

    return commit


COMMITTING = {name: getattr(store.Iceberg, name) for name in ("make", "overwrite", "append", "remove")}


def run(asked):
    commits = {"done": 0}
    for name, method in COMMITTING.items():
        setattr(store.Iceberg, name, counted(commits, asked, method))
    said = []
    command.say = said.append
    command.Bundle = lambda: Bundle(asked["bundle"])
    try:
        code = command.main(asked["run"])
    except Exception:  # the session is for the tests that follow, too
        code = 1
        said.append(traceback.format_exc())
    return {"code": code, "said": said, "commits": commits["done"]}


def rows(spark, queries):
    found, errors = {}, {}
    for name, query in queries.items():
        try:
            frame = spark.sql(query)
            texts = frame.selectExpr(*(f"cast(`{column}` as string)" for column in frame.columns))
            found[name] = {"columns": frame.columns, "rows": [list(row) for row in texts.collect()]}
        except Exception as error:
            errors[name] = str(error)
    return {"found": found, "errors": errors}


def export(spark, folder, tables):
    for table in tables:
        spark.table(table).write.mode("overwrite").parquet(f"{folder}/{table}")
    return {}


def sums(spark, tables):
    def summed(table, without):
        frame = spark.table(table).drop(*without)
        text = F.to_json(F.struct(*frame.columns), {"ignoreNullFields": "false"})
        return frame.agg(F.lit(table), F.count(F.lit(1)), F.sum(F.xxhash64(text).cast("decimal(38,0)")))

    found = reduce(lambda a, b: a.union(b), (summed(table, without) for table, without in tables.items())).collect()
    return {table: f"{rows} rows, {total}" for table, rows, total in found}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the JVM and others print is no answer
    spark = SparkSession.builder.getOrCreate()
    settings = dict(command.SETTINGS)
    for line in sys.stdin:
        asked = json.loads(line)
        settings.update(asked.get("set", {}))
        for name, value in settings.items():
            spark.conf.set(name, value)
        for name, value in asked.get("hadoop", {}).items():
            spark.sparkContext._jsc.hadoopConfiguration().set(name, value)
        answer = {}
        if "run" in asked:
            answer = run(asked)
        elif "sql" in asked:
            answer = rows(spark, asked["sql"])
        elif "export" in asked:
            answer = export(spark, asked["export"], asked["tables"])
        elif "sums" in asked:
            answer = sums(spark, asked["sums"])
        print(json.dumps(answer), file=answers, flush=True)


main()
