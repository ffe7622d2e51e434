"""What lies beside this file in the package: the manifest, the SQL and the correction files. It may be a zip archive."""

import csv
import io
import json
from functools import cached_property
from importlib import resources


class Bundle:
    """The files of the package."""

    def read(self, path):
        place = resources.files(__package__)
        for part in path.split("/"):
            place = place / part
        return place.read_text(encoding="utf-8")

    @cached_property
    def manifest(self):
        return json.loads(self.read("manifest.json"))

    def sql(self, item):
        """The Spark SQL of a model or check."""
        return self.read(item["sql"])

    def source(self, path):
        """A file by its path in the SQL tree, as it is run here."""
        return self.read(path if path.startswith("corrections/") else f"sql/{path}")

    def rows(self, path):
        """The rows of a correction file, without its header."""
        return list(csv.reader(io.StringIO(self.read(path).removeprefix("\ufeff"))))[1:]
