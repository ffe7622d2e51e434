"""Lists the lake and reads its files: what pipeline/lake does, with Hadoop's file systems (a folder, s3a, abfs, gs).

Which file is of which table is in the manifest (places), and nowhere else.
"""

from dataclasses import dataclass

from pyspark.sql import functions as F
from pyspark.sql.functions import udtf

from fmcg_spark import records

AWKWARD = set("*?[]{}\\")  # Spark reads a pattern in a path with one of these


@dataclass
class File:
    """One delivered file; modified is in milliseconds since 1970, UTC."""

    source: str
    table: str
    name: str  # identity: base name of an order file, else path within the lake
    uri: str
    size: int
    modified: int

    @property
    def etag(self):
        return f"{self.modified}-{self.size}"


class Records:
    """The reading of one file, as a table function of Spark."""

    def eval(self, content, needed, packed):
        yield from records.read(content, needed, packed)


class Lake:
    """The roots of the two companies, each a URL or None."""

    def __init__(self, spark, places, parent, child):
        self.spark, self.places = spark, places
        self.roots = {source: root.rstrip("/") for source, root in (("parent", parent), ("child", child)) if root}
        spark.udtf.register("fmcg_records", udtf(Records, returnType=records.SCHEMA))

    def list(self):
        """Returns the delivered files by table and name; of an order file that lies in several places the newest."""
        found, there = {}, False
        for rank, place in enumerate(self.places):
            if place["source"] not in self.roots:
                continue
            root = self.roots[place["source"]]
            folder = f"{root}/{place['folder']}".rstrip("/")
            for status in self.statuses(folder):
                there = True
                name = status.getPath().getName()
                if not status.isFile() or not is_csv(name) or name.startswith(".") or not name.startswith(place["prefix"]):
                    continue
                path = f"{place['folder']}/{name}".lstrip("/")
                identity = name if place["table"] == "orders" else f"{place['source']}/{path}"
                file = File(place["source"], place["table"], identity, status.getPath().toString(), status.getLen(), status.getModificationTime())
                key, order = (file.table, file.name), (file.modified // 1000, -rank)
                if key not in found or order > found[key][0]:
                    found[key] = (order, file)
        if not there:
            raise LakeError(f"there is nothing at {' and '.join(self.roots.values())}: check the spelling, and that it was delivered to")
        return {key: file for key, (_, file) in sorted(found.items())}

    def statuses(self, folder):
        """Returns what lies in a folder, nothing where there is none."""
        jvm = self.spark._jvm
        path = jvm.org.apache.hadoop.fs.Path(folder)
        system = path.getFileSystem(self.spark._jsc.hadoopConfiguration())
        return list(system.listStatus(path)) if system.exists(path) else []

    def read(self, files, needed):
        """Returns the records of files, with table_name and file_name; needed names the columns of each table."""
        plain = [file for file in files if not is_awkward(file)]
        awkward = [file for file in files if is_awkward(file)]
        known = self.spark.createDataFrame(
            [(file.uri, file.table, file.name, needed[file.table], is_packed(file.name)) for file in files],
            "path string, table_name string, file_name string, needed array<string>, packed boolean",
        )
        contents = self.spark.createDataFrame([(file.uri, bytearray(self.fetch(file))) for file in awkward], "path string, content binary")
        if plain:
            contents = contents.union(self.spark.read.format("binaryFile").load([file.uri for file in plain]).select("path", "content"))
        contents.join(F.broadcast(known), "path").createOrReplaceTempView("fmcg_contents")
        return self.spark.sql(
            "select c.table_name, c.file_name, r.* from fmcg_contents as c, lateral fmcg_records(c.content, c.needed, c.packed) as r"
        )

    def fetch(self, file):
        """Returns the bytes of a file that Spark's own reading leaves out."""
        jvm = self.spark._jvm
        path = jvm.org.apache.hadoop.fs.Path(file.uri)
        stream = path.getFileSystem(self.spark._jsc.hadoopConfiguration()).open(path)
        try:
            return stream.readAllBytes()
        finally:
            stream.close()


class LakeError(Exception):
    """The lake is not where it was said to be."""


def is_csv(name):
    return name.lower().endswith((".csv", ".csv.gz"))


def is_awkward(file):
    """Says that Spark would skip a file (it is empty, or begins with _) or take its name for a pattern."""
    return file.size == 0 or file.uri.rsplit("/", 1)[1].startswith("_") or bool(AWKWARD & set(file.uri))


def is_packed(name):
    return name.lower().endswith(".gz")
