"""One Spark session for all tests: it does what it reads, a JSON object a line.

{"run": [ARGS], "die_after": N}   runs the bundle; with die_after it is killed before the commit after the N-th
{"sql": {NAME: QUERY}}            the rows of queries, each value as text
{"export": FOLDER, "tables": []}  writes tables as Parquet files, FOLDER/TABLE
"""

import json
import sys

from pyspark.sql import SparkSession

from fmcg_spark import command, store


class Killed(BaseException):
    """Stands for the death of the process between two commits."""


def counted(commits, method):
    def commit(self, *args, **kwargs):
        if commits["left"] == 0:
            raise Killed
        commits["left"] -= 1
        commits["done"] += 1
        return method(self, *args, **kwargs)

    return commit


COMMITTING = {name: getattr(store.Iceberg, name) for name in ("make", "overwrite", "append", "remove")}


def run(args, die_after):
    commits = {"left": -1 if die_after is None else die_after, "done": 0}
    for name, method in COMMITTING.items():
        setattr(store.Iceberg, name, counted(commits, method))
    said = []
    command.say = said.append
    try:
        code = command.main(args)
    except Killed:
        code = -9
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


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr
    spark = SparkSession.builder.getOrCreate()
    for name, value in command.SETTINGS.items():
        spark.conf.set(name, value)
    for line in sys.stdin:
        asked = json.loads(line)
        if "run" in asked:
            answer = run(asked["run"], asked.get("die_after"))
        elif "sql" in asked:
            answer = rows(spark, asked["sql"])
        else:
            answer = export(spark, asked["export"], asked["tables"])
        print(json.dumps(answer), file=answers, flush=True)


main()
