"""Where tables are kept: Parquet files of a release, or Iceberg tables of a catalog."""

from pyspark.sql import functions as F


def text(value):
    """A value as a literal of Spark's SQL."""
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def typed(frame, columns):
    """A frame with just the columns of a table, in their order and types."""
    return frame.select(*(F.col(f"`{column['name']}`").cast(column["type"]).alias(column["name"]) for column in columns))


def declared(columns):
    return ", ".join(f"`{column['name']}` {column['type']} comment {text(column.get('comment', ''))}" for column in columns)


class Parquet:
    """A release of its own for each run, which reads all of the lake: WAREHOUSE/releases/RUN/schema/table. The file
    WAREHOUSE/current names the release that is whole, and changes last."""

    incremental = False
    kept = 2  # releases, the current one included

    def __init__(self, spark, warehouse, run):
        self.spark, self.warehouse, self.run = spark, warehouse.rstrip("/"), run
        spark.sql("use spark_catalog")  # a cluster may have another one as its default, whose tables lie where it wants them

    def path(self, table):
        return f"{self.warehouse}/releases/{self.run}/{table.replace('.', '/')}"

    def make(self, model, partitions=()):
        """Makes the table of a model, empty."""
        self.replace(model, self.spark.createDataFrame([], declared(model["columns"])))

    def replace(self, model, frame, partitions=()):
        """Puts rows in the place of all rows."""
        table, columns, path = model["table"], model["columns"], self.path(model["table"])
        typed(frame, columns).write.mode("overwrite").parquet(path)
        self.spark.sql(f"create database if not exists {table.split('.')[0]}")
        self.spark.sql(f"drop table if exists {table}")
        self.spark.sql(f"create table {table} ({declared(columns)}) using parquet comment {text(model.get('comment', ''))} location {text(path)}")

    def overwrite(self, model, frame, condition):
        """Puts rows in the place of those of a condition; a release begins empty, so there are none."""
        self.append(model, frame)

    def append(self, model, frame):
        typed(frame, model["columns"]).write.mode("append").parquet(self.path(model["table"]))
        self.spark.sql(f"refresh table {model['table']}")

    def view(self, model, sql):
        """A view is a table here: who reads the files has no catalog that could keep it."""
        self.replace(model, self.spark.sql(sql))

    def exists(self, table):
        return False

    def publish(self):
        """Names this release as the current one, and removes those that are too old."""
        jvm = self.spark._jvm
        path = jvm.org.apache.hadoop.fs.Path
        system = path(self.warehouse).getFileSystem(self.spark._jsc.hadoopConfiguration())
        stream = system.create(path(f"{self.warehouse}/current"), True)
        stream.write(bytearray(f"{self.run}\n".encode()))
        stream.close()
        releases = sorted(status.getPath().getName() for status in system.listStatus(path(f"{self.warehouse}/releases")))
        for name in [name for name in releases if name <= self.run][: -self.kept]:
            system.delete(path(f"{self.warehouse}/releases/{name}"), True)


class Iceberg:
    """Tables of an Iceberg catalog. Each change of a table is one commit: whole or not at all, but each table for itself."""

    incremental = True

    def __init__(self, spark, catalog):
        self.spark = spark
        spark.sql(f"use {catalog}")

    def make(self, model, partitions=()):
        table, columns = model["table"], model["columns"]
        self.spark.sql(f"create namespace if not exists {table.split('.')[0]}")
        parted = f"partitioned by ({', '.join(partitions)})" if partitions else ""
        self.spark.sql(
            f"create or replace table {table} ({declared(columns)}) using iceberg {parted} comment {text(model.get('comment', ''))}"
        )

    def replace(self, model, frame, partitions=()):
        if not self.exists(model["table"]) or self.spark.table(model["table"]).columns != [column["name"] for column in model["columns"]]:
            self.make(model, partitions)
        self.overwrite(model, frame, F.lit(True))

    def overwrite(self, model, frame, condition):
        typed(frame, model["columns"]).writeTo(model["table"]).overwrite(condition)

    def append(self, model, frame):
        typed(frame, model["columns"]).writeTo(model["table"]).append()

    def remove(self, table, names):
        """Removes the rows of files."""
        listed = ", ".join(map(text, names))
        self.spark.sql(f"delete from {table} where file_name in ({listed})")

    def view(self, model, sql):
        self.replace(model, self.spark.sql(sql))

    def exists(self, table):
        return self.spark.catalog.tableExists(table)

    def publish(self):
        """The ledger was written last: there is nothing else to name."""
