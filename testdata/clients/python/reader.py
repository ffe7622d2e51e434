"""Reads the queries of standard input, one a line, from a DuckDB file opened read-only by the duckdb package in PYTHONPATH.

reader.py FILE           opens FILE
reader.py FILE ALIAS     attaches FILE under that name instead

Prints a line a query: the number of columns and of rows, and of a single row its values. All rows are fetched as values of
Python, so that a type this version cannot hand over would fail. cmd/fmcg/clients_test.go says what they must be.
"""

import sys

import duckdb

file, alias = (sys.argv[1:] + [None])[:2]
if alias is None:
    connection = duckdb.connect(file, read_only=True)
else:
    connection = duckdb.connect()
    connection.execute(f"attach '{file}' as {alias} (read_only)")

for query in sys.stdin:
    result = connection.execute(query)
    columns, rows = len(result.description), result.fetchall()
    print(columns, len(rows), *(rows[0] if len(rows) == 1 else ()), sep="\t")
