"""The job: what is new in the lake goes through bronze, silver and gold, by the SQL files of the bundle, in their order.

A run that ended is a row of ops.runs, which is written last. What a run that was killed had written counts as not done: its
files are read again, and the months that it meant to judge are judged again. They are in ops.spark_pending, written before
anything they are known from is changed, and emptied when all but the row of ops.runs is written.
"""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import reduce

from pyspark import StorageLevel
from pyspark.sql import functions as F

from fmcg_spark.lake import LakeError
from fmcg_spark.store import text

LEDGER, QUARANTINE, OUTCOMES, RUNS, CHECKS, SQL_FILES = (
    "ops." + name for name in ("files", "quarantine", "outcomes", "runs", "check_results", "sql_files")
)
# What a run is about to do, emptied when it is done.
PENDING = {
    "table": "ops.spark_pending",
    "comment": "What a run on Spark is about to do, written before it does it: what a run that was killed left here the next one does again",
    "columns": [
        {"name": "what", "type": "string", "comment": "all: everything; read: the file; judge: the month, or the rows of the file"},
        {"name": "table_name", "type": "string", "comment": "bronze table, null for all"},
        {"name": "month", "type": "date", "comment": "month to judge"},
        {"name": "file_name", "type": "string", "comment": "file to read, or whose rows are judged"},
    ],
}
MALFORMED = "malformed_line"


class ChecksFailed(Exception):
    """A check of severity error returned rows."""


@dataclass
class Built:
    """What a model did in this run: all of it, or the rows of some months."""

    everything: bool = False
    months: set = field(default_factory=set)


class Job:
    """One run of a bundle."""

    def __init__(self, spark, store, lake, bundle, run, say, full=False, accept_missing=False):
        self.spark, self.store, self.lake, self.bundle, self.run, self.say = spark, store, lake, bundle, run, say
        self.full, self.accept_missing = full, accept_missing
        self.at = datetime.now(timezone.utc).replace(tzinfo=None)
        self.models = {model["table"]: model for model in bundle.manifest["models"]}
        self.ops = {table["table"]: table for table in bundle.manifest["ops"]}
        if store.incremental:
            self.ops[PENDING["table"]] = PENDING
        self.bronze = {model["table"].removeprefix("bronze."): model for model in self.models.values() if model["load"] == "by file"}
        self.built = {}

    # The story.

    def refresh(self, staging):
        """Brings the warehouse up to date; returns whether there was anything to do."""
        self.prepare()
        files = self.lake.list()
        fresh = self.fresh(files)
        if not fresh and not self.full and not self.unfinished():
            self.build_last()
            return False
        self.begin(fresh)
        self.read(fresh, staging)
        self.load_bronze(fresh)
        self.enter(fresh)
        for model in self.models.values():
            if not self.tells(model):
                self.build(model)
        for model in filter(self.tells, self.models.values()):
            if not self.is_last(model):
                self.store.view(model, self.bundle.sql(model))
        checked = self.check()
        self.record(fresh, checked)
        self.build_last()
        self.store.publish()
        return True

    # What there is to do.

    def prepare(self):
        """Finds out whether everything is built anew: the first time, with other SQL, after a rebuild that was killed."""
        for correction in self.bundle.manifest["corrections"]:
            rows = [tuple(value or None for value in row) for row in self.bundle.rows(correction["file"])]
            self.spark.createDataFrame(rows, ", ".join(f"`{name}` string" for name in correction["columns"])).createOrReplaceTempView(correction["view"])
        self.full = self.full or not self.store.incremental or not all(map(self.store.exists, self.ops))
        if not self.full:
            sources = {row.path: row.sha256 for row in self.spark.table(SQL_FILES).collect()}
            self.full = sources != self.bundle.manifest["sources"] or bool(self.pending("all").take(1))

    def pending(self, what, source=None):
        rows = self.spark.table(PENDING["table"]).where(F.col("what") == what)
        return rows if source is None else rows.where(F.col("table_name") == source)

    def intend(self, rows):
        """Writes down what is about to be done: (what, table, month, file)."""
        known = {tuple(row) for row in self.spark.table(PENDING["table"]).collect()}
        if rows := [row for row in rows if row not in known]:
            self.store.append(PENDING, self.spark.createDataFrame(rows, schema(PENDING)))

    def ended(self):
        """Says of a row that a run wrote it which ended."""
        return F.col("run_id").isin([row.run_id for row in self.spark.table(RUNS).select("run_id").collect()])

    def unfinished(self):
        """Says that a run was killed, and what it wrote is not of any run that ended."""
        return bool(self.spark.table(PENDING["table"]).take(1) or self.spark.table(LEDGER).where(~self.ended()).take(1))

    def fresh(self, files):
        """Returns the files to read: those not in the ledger with the same size and time, and those a killed run meant to. Of
        a file that it meant to read and that is gone nobody can say which rows bronze has: that is an error."""
        if self.full:
            self.refuse_loss(files)
            return list(files.values())
        current = self.spark.table(LEDGER).where("state in ('loaded', 'rejected')").where(self.ended())
        known = {(row.table_name, row.file_name): row.etag for row in current.collect()}
        again = {(row.table_name, row.file_name) for row in self.pending("read").collect()}
        if gone := sorted(name for _, name in again - files.keys()):
            raise LakeError(f"{len(gone)} files are no longer in the lake that a run was about to read when it was killed: {', '.join(gone[:5])}; bring them back, or rebuild without them: --full --accept-missing")
        return [file for key, file in files.items() if known.get(key) != file.etag or key in again]

    def refuse_loss(self, files):
        if self.accept_missing or not self.store.exists(LEDGER):
            return
        gone = [row.file_name for row in self.spark.table(LEDGER).where("state = 'loaded'").collect() if (row.table_name, row.file_name) not in files]
        if gone:
            raise LakeError(f"{len(gone)} loaded files are no longer in the lake, a rebuild would lose their rows: {', '.join(gone[:5])}; bring them back, or say --accept-missing")

    def begin(self, fresh):
        """Says what is about to happen, and empties what is made anew."""
        if self.store.incremental:
            if not self.store.exists(PENDING["table"]):
                self.store.make(PENDING)
            self.intend([("all", None, None, None)] if self.full else [("read", file.table, None, file.name) for file in fresh])
        if not self.full:
            return
        for name, table in self.ops.items():
            history = name in (RUNS, CHECKS, "ops.run_tasks") and self.store.exists(name)
            if table is not PENDING and not history:
                self.store.make(table, ("table_name", "month") if name in (QUARANTINE, OUTCOMES) else ())

    # Bronze and the ledger.

    def read(self, fresh, staging):
        """Reads the new files once and keeps what they hold until the run ends."""
        if not fresh:
            self.staged = None
            return
        records = self.lake.read(fresh, {name: model["delivered"] for name, model in self.bronze.items()})
        records.write.mode("overwrite").parquet(staging)
        listed = self.spark.createDataFrame(
            [(file.source, file.table, file.name, file.uri, file.size, datetime.fromtimestamp(file.modified / 1000, timezone.utc).replace(tzinfo=None), file.etag) for file in fresh],
            "source string, table_name string, file_name string, uri string, file_size bigint, last_modified timestamp_ntz, etag string",
        )
        self.staged = self.spark.read.parquet(staging).join(F.broadcast(listed), ["table_name", "file_name"])

    def load_bronze(self, fresh):
        for name, model in self.bronze.items():
            names = [file.name for file in fresh if file.table == name]
            if not names and not self.full:
                continue
            fields = [F.col("fields")[place].alias(column) for place, column in enumerate(model["delivered"])]
            rows = self.staged_of(name, "row").select(*fields, F.lit(self.at).alias("read_timestamp"), "file_name", "file_size", "line")
            rows.createOrReplaceTempView("delivered")
            frame = self.spark.sql(self.bundle.sql(model))
            if self.full:
                self.store.replace(model, frame)
            else:
                self.store.remove(model["table"], names)
                self.store.append(model, frame)
            self.built[model["table"]] = Built()

    def staged_of(self, table, kind):
        if self.staged is None:
            return self.nothing()
        return self.staged.where((F.col("table_name") == table) & (F.col("kind") == kind))

    def nothing(self):
        return self.spark.createDataFrame([], "table_name string, file_name string, kind string, line bigint, fields array<string>, said string, text string, file_size bigint")

    def enter(self, fresh):
        """Writes the new files into the ledger; they count once the run is in ops.runs."""
        self.fresh_names = {}
        for file in fresh:
            self.fresh_names.setdefault(file.table, []).append(file.name)
        names = [column["name"] for column in self.ops[LEDGER]["columns"]]
        read = self.receipts().select(names) if fresh else self.spark.createDataFrame([], schema(self.ops[LEDGER]))
        if not self.full:
            now = self.spark.createDataFrame([(file.table, file.name, True) for file in fresh], "table_name string, file_name string, is_fresh boolean")
            former = self.spark.table(LEDGER).withColumn("ended", self.ended()).join(F.broadcast(now), ["table_name", "file_name"], "left")
            state = F.when(F.col("is_fresh") & F.col("state").isin("loaded", "rejected"), "replaced").otherwise(F.col("state"))
            adopted = F.when(F.col("ended"), F.col("run_id")).otherwise(self.run)
            former = former.where("ended or is_fresh is null").withColumn("state", state).withColumn("run_id", adopted)
            read = former.select(names).unionByName(read)
        self.store.replace(self.ops[LEDGER], read)

    def receipts(self):
        """What the ledger says of the files that were read."""
        counts = self.staged.groupBy("table_name", "file_name").agg(F.count_if(F.col("kind") != "file").alias("rows_read"))
        extra = F.when(F.size("fields") > 0, F.concat(F.lit("columns kept out: "), F.array_join("fields", ", ")))
        return self.staged.where("kind = 'file'").join(counts, ["table_name", "file_name"]).withColumns({
            "state": F.when(F.col("said").isNull(), "loaded").otherwise("rejected"),
            "reason": F.coalesce("said", extra),
            "run_id": F.lit(self.run),
            "loaded_at": F.lit(self.at),
        })

    # The models.

    def build(self, model):
        if model["load"] == "by file":
            return
        reads = [self.built[table] for table in model["reads"] if table in self.built]
        if not reads and not self.full:
            return
        self.say(f"{model['table']}")
        whole = self.full or any(built.everything for table, built in self.built.items() if table in model["reads"] and table != model.get("lookup_table"))
        months, files = None, None
        if model["load"] == "by month" and not whole:
            months, files = self.scope(model)
            if not months and not files:
                return
        self.set_scope(files, months)
        if model["judged"]:
            self.judge(model, months, files)
        elif model["load"] == "view":
            self.store.view(model, self.bundle.sql(model))
        else:
            self.put(model, self.spark.sql(self.bundle.sql(model)), months)
        self.built[model["table"]] = Built(everything=months is None, months=months or set())

    def put(self, model, frame, months):
        """Writes the rows of a model: all, or those of some months in one commit, so that a month that lost rows is right."""
        parts = (model["month"],) if model["load"] == "by month" else ()
        if months is None:
            self.store.replace(model, frame, parts)
        elif months:
            self.store.overwrite(model, frame, F.col(model["month"]).isin(list(months)))

    def set_scope(self, files, months):
        """What a run looks at, null for all: functions, so that Spark reads no more than that."""
        for name, kind, values in (("files", "string", files), ("months", "date", months)):
            if values is None:
                said = "true"
            else:
                listed = ", ".join(f"cast({text(value)} as {kind})" for value in sorted(values))
                said = f"value is null or value in ({listed})" if listed else "value is null"
            self.spark.sql(f"create or replace temporary function fmcg_in_{name}(value {kind}) returns boolean return {said}")

    def source(self, model):
        """The bronze table whose rows a judged model judges."""
        return next(table.removeprefix("bronze.") for table in model["reads"] if table.startswith("bronze."))

    def scope(self, model):
        """The months to judge anew, and the files to read for that."""
        months = set().union(*(self.built[table].months for table in model["reads"] if table in self.built))
        if not model["judged"]:
            return months, None
        source = self.source(model)
        fresh = self.fresh_names.get(source, [])
        months |= {row.month for row in self.pending("judge", source).where("month is not null").collect()}
        if fresh:
            self.set_scope(fresh, None)
            months |= self.months_of(self.spark.sql(self.bundle.sql(model)), model["month"])
            months |= self.months_of(self.known(source).where(F.col("file_name").isin(fresh)), "month")
        files = self.files_of(source, months) | set(fresh)
        self.intend_to_judge(source, months, files)
        return months, files

    def intend_to_judge(self, source, months, files):
        self.intend([("judge", source, month, None) for month in months] + [("judge", source, None, name) for name in files])

    def months_of(self, frame, column):
        return {row[0] for row in frame.select(column).where(f"`{column}` is not null").distinct().collect()}

    def known(self, source):
        """The files and months of the rows of a bronze table, whatever became of them."""
        both = [self.spark.table(table).select("table_name", "file_name", "month") for table in (OUTCOMES, QUARANTINE)]
        return reduce(lambda a, b: a.union(b), both).where(F.col("table_name") == source)

    def files_of(self, source, months):
        found = {row[0] for row in self.known(source).where(F.col("month").isin(list(months))).select("file_name").distinct().collect()} if months else set()
        return found | {row.file_name for row in self.pending("judge", source).where("file_name is not null").collect()}

    def judge(self, model, months, files):
        """Puts each row where it belongs: loaded ones into the table, quarantined ones into ops.quarantine, all others into
        the counts of ops.outcomes."""
        source, partial = self.source(model), months is not None
        judged = self.spark.sql(self.bundle.sql(model)).persist(StorageLevel.MEMORY_AND_DISK)
        outcomes = "outcome in ('loaded', 'duplicate', 'superseded', 'quarantined')"
        wrong = judged.where(f"coalesce(not {outcomes}, true) or (outcome = 'quarantined') <> (reason is not null)").count()
        if wrong:
            raise ValueError(f"{model['sql']}: {wrong} rows have no outcome, an unknown one, or a reason without being quarantined")
        loaded = judged.where("outcome = 'loaded'")
        self.remember_lookups(model, loaded)
        self.put(model, loaded, months)
        judged = judged.withColumn("month", F.col(model["month"]) if model["load"] == "by month" else F.lit(None).cast("date"))
        here = F.col("table_name") == source
        over = here & (F.col("month").isin(list(months)) | F.col("month").isNull()) if partial else here
        self.store.overwrite(self.ops[QUARANTINE], self.quarantined(model, judged, files, over), over)
        counts = [F.count_if(F.col("outcome") == what).alias(f"rows_{what}") for what in ("loaded", "duplicate", "superseded")]
        counted = judged.where("outcome <> 'quarantined'").groupBy("file_name", "month").agg(*counts).withColumn("table_name", F.lit(source))
        if partial:  # all rows that count have a month
            over = here & F.col("month").isin(list(months))
        if not partial or months:
            self.store.overwrite(self.ops[OUTCOMES], counted, over)
        judged.unpersist()

    def quarantined(self, model, judged, files, over):
        """The rows of ops.quarantine that a judgement leaves where a condition holds."""
        source = self.source(model)
        delivered = F.struct(*(F.col("rows." + name) for name in self.bronze[source]["delivered"]))
        lookup = F.col("judged." + model["lookup"]) if model.get("lookup") else F.lit(None).cast("string")
        rows = self.spark.table(f"bronze.{source}").alias("rows")
        new = (
            judged.where("outcome = 'quarantined'").alias("judged")
            .join(rows, (F.col("judged.file_name") == F.col("rows.file_name")) & (F.col("judged.line") == F.col("rows.line")))
            .select("judged.file_name", "judged.line", "judged.reason", F.to_json(delivered, {"ignoreNullFields": "false"}).alias("row"), "judged.month", lookup.alias("lookup_value"))
        )
        raw = F.to_json(F.struct(F.col("said").alias("error"), F.col("text").alias("raw")))
        nulls = (F.lit(None).cast("date").alias("month"), F.lit(None).cast("string").alias("lookup_value"))
        refused = self.staged_of(source, "refused").select("file_name", "line", F.lit(MALFORMED).alias("reason"), raw.alias("row"), *nulls)
        new = new.unionByName(refused).withColumns({"table_name": F.lit(source), "run_id": F.lit(self.run), "quarantined_at": F.lit(self.at)})
        if self.full:
            return new
        former = self.spark.table(QUARANTINE).where(over)
        fresh = self.fresh_names.get(source, [])
        stays = (F.col("reason") == MALFORMED) & ~F.col("file_name").isin(fresh)
        if files is not None:
            stays = stays | ((F.col("reason") != MALFORMED) & F.col("month").isNull() & ~F.col("file_name").isin(list(files)))
        since = former.select("file_name", "line", F.col("run_id").alias("since_run"), F.col("quarantined_at").alias("since"))
        new = new.join(since, ["file_name", "line"], "left").withColumns(
            {"run_id": F.coalesce("since_run", "run_id"), "quarantined_at": F.coalesce("since", "quarantined_at")}
        ).drop("since_run", "since")
        return new.unionByName(former.where(stays))

    def remember_lookups(self, model, loaded):
        """Where values that others look up come or go, the months of the rows that carry them are judged anew."""
        if self.full or not self.store.exists(model["table"]):
            return
        for other in self.models.values():
            if other.get("lookup_table") != model["table"] or not self.store.exists(other["table"]):
                continue
            column = other["lookup"]
            before, after = (frame.select(column).distinct() for frame in (self.spark.table(model["table"]), loaded))
            changed = before.exceptAll(after).union(after.exceptAll(before)).withColumnRenamed(column, "value")
            source = self.source(other)
            carried = self.spark.table(other["table"]).join(changed, F.col(column) == F.col("value")).select(other["month"])
            waiting = self.spark.table(QUARANTINE).where(F.col("table_name") == source).join(changed, F.col("lookup_value") == F.col("value")).select("month")
            months = self.months_of(carried.toDF("month").union(waiting), "month")
            if months:
                self.intend_to_judge(source, months, self.files_of(source, months))

    # The end.

    def tells(self, model):
        """Says that a model tells of the run, and so is built when all others are."""
        return model["load"] == "view" and any(table in self.ops for table in model["reads"])

    def is_last(self, model):
        """Says that a model shows the runs, and so is built when this one is among them."""
        return RUNS in model["reads"]

    def build_last(self):
        for model in filter(self.is_last, self.models.values()):
            sql = self.bundle.sql(model)
            if not self.store.exists(model["table"]) or self.spark.sql(sql).exceptAll(self.spark.table(model["table"])).take(1):
                self.store.view(model, sql)

    def check(self):
        """Runs the checks; those of severity error stop the run."""
        months = None if self.full else set().union(*(built.months for built in self.built.values()))
        self.set_scope(None, months if months else None)
        found, broken = [], []
        for check in self.bundle.manifest["checks"]:
            rows = self.spark.sql(self.bundle.sql(check)).count()
            found.append((self.run, check["name"], check["severity"], "failed" if rows else "held", rows))
            if rows:
                self.say(f"check {check['name']} ({check['severity']}): {rows} rows. {check['comment']}")
                broken += [check["name"]] if check["severity"] == "error" else []
        if broken:
            raise ChecksFailed(f"checks failed: {', '.join(broken)}")
        return found

    def record(self, fresh, checked):
        """Writes the run down; from here on its files count."""
        self.store.append(self.ops[CHECKS], self.spark.createDataFrame(checked, schema(self.ops[CHECKS])))
        sources = [(path, sha256, self.bundle.source(path)) for path, sha256 in self.bundle.manifest["sources"].items()]
        if self.full:
            self.store.replace(self.ops[SQL_FILES], self.spark.createDataFrame(sources, schema(self.ops[SQL_FILES])))
        read = self.spark.table(LEDGER).where(F.col("run_id") == self.run).agg(F.coalesce(F.sum("rows_read"), F.lit(0))).first()[0]
        row = (
            self.run, "FMCG INCREMENTAL UPDATE", "spark", "spark", "{}", self.bundle.manifest["version"], "succeeded", self.at,
            datetime.now(timezone.utc).replace(tzinfo=None), len(fresh), read, self.spark.table(QUARANTINE).count(), None, None,
        )
        if self.store.incremental:
            self.store.replace(PENDING, self.spark.createDataFrame([], schema(PENDING)))
        self.store.append(self.ops[RUNS], self.spark.createDataFrame([row], schema(self.ops[RUNS])))


def schema(table):
    return ", ".join(f"`{column['name']}` {column['type']}" for column in table["columns"])
