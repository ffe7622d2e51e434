// Reads the queries of standard input, one a line, from a DuckDB file opened read-only by @duckdb/node-api.
//
//   reader.mjs FILE           opens FILE
//   reader.mjs FILE ALIAS     attaches FILE under that name instead
//
// Prints a line a query: the number of columns and of rows, and of a single row its values. All rows are fetched as values
// of JavaScript, so that a type the client cannot hand over would fail. cmd/fmcg/clients_test.go says what they must be.

import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";

const [file, alias] = process.argv.slice(2);
const instance = alias ? await DuckDBInstance.create() : await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
const connection = await instance.connect();
if (alias) {
  await connection.run(`attach '${file}' as ${alias} (read_only)`);
}
for await (const query of createInterface({ input: process.stdin })) {
  const result = await connection.runAndReadAll(query);
  const rows = result.getRows();
  console.log([result.columnCount, rows.length, ...(rows.length === 1 ? rows[0] : [])].join("\t"));
}
