"""Turns the SQL of DuckDB into that of Spark, and refuses what no test has shown to mean the same in both.

Reads a JSON object from standard input: the files to turn, the idioms that are tested on both engines, and the columns of
the tables. Writes one to standard output: the Spark SQL of each file, or the mistakes. A build-time tool: it needs
sqlglot, the cluster does not. rules.py has what sqlglot leaves or gets wrong, patterns.py the regular expressions.

The allow-list is the idioms themselves: each node of a file must have the shape, and for functions, operators and casts
the kinds of operands, of some node of an idiom (see shapes and kinds).
"""

import json
import sys

try:
    import sqlglot
except ImportError:
    print("this Python has no sqlglot", file=sys.stderr)
    sys.exit(3)
if sys.argv[1:] and sqlglot.__version__ != sys.argv[1]:
    print(f"this Python has sqlglot {sqlglot.__version__}, not {sys.argv[1]}", file=sys.stderr)
    sys.exit(3)

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from patterns import Unportable
from rules import DELIVERED_VARIABLES, RULES, VARIABLES, variable

# What to write instead of what the engines do not read alike.
INSTEAD = {
    "Select.distinct.on": "qualify row_number() over (partition by … order by …) = 1",
    "ArgMax": "qualify row_number() over (… order by …) = 1: ties are undetermined",
    "ArgMin": "qualify row_number() over (… order by …) = 1: ties are undetermined",
    "Bracket": "substr(text, start, length)",
    "Slice": "substr(text, start, length)",
    "TryCast": "guard the text: case when regexp_full_match(text, '…') then try_cast(text as …) end",
    "StrToTime": "case when regexp_full_match(text, '…') then try_strptime(text, '…') end",
    "Group.all": "name the columns",
    "Div": "multiply instead, or add a case that holds the types of your division",
    "ILike": "lower(text) like …",
    "CurrentTimestamp": "a time that is handed over: what a run makes must not depend on when it runs",
    "CurrentDate": "a time that is handed over: what a run makes must not depend on when it runs",
}
DEFAULT = "write it with the idioms in pipeline/spark/idioms, or add one there, with the values in which the engines could differ"

# Arguments that say nothing of the meaning: names, comments, the parser's own notes.
SILENT = {"comments", "db", "catalog", "alias", "quoted", "big_int", "safe", "over", "nested", "null_if_pos_overflow"}


def shapes(node):
    """The shapes of one node: its kind, and each argument that it has, with its value where that is a word."""
    name = type(node).__name__
    if isinstance(node, exp.Anonymous):
        name = node.name.lower()
    yield name
    if isinstance(node, exp.DataType):
        yield f"{name} {node.sql('duckdb')}"
        return
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        yield "Select.distinct.on"
    for key, value in node.args.items():
        if key in SILENT or key == "this" and not isinstance(node, (exp.Window, exp.Table)) or value in (None, False, []):
            continue
        if key == "this":
            yield f"{name} of {type(value).__name__}"
        elif isinstance(value, exp.Expression) and key in ("unit", "modifiers", "parameters", "format"):
            yield f"{name}.{key} {value.name}"
        elif isinstance(value, (exp.Expression, list)) or value is True:
            yield f"{name}.{key}"
        else:
            yield f"{name}.{key} {value}"


FAMILIES = {
    "text": exp.DataType.TEXT_TYPES,
    "integer": exp.DataType.INTEGER_TYPES,
    "double": exp.DataType.FLOAT_TYPES,
    "decimal": {exp.DType.DECIMAL},
    "date": {exp.DType.DATE},
    "timestamp": {exp.DType.TIMESTAMP, exp.DType.DATETIME, exp.DType.TIMESTAMPNTZ},
    "boolean": {exp.DType.BOOLEAN},
    "list": {exp.DType.ARRAY, exp.DType.LIST},
    "null": {exp.DType.NULL},
}


def family(node):
    if isinstance(node, exp.Null):
        return "null"
    kind = node.type.this if node.type else None
    return next((name for name, kinds in FAMILIES.items() if kind in kinds), "unknown")


def kinds(node):
    """What a function, operator or cast is applied to, in families of types."""
    if not isinstance(node, (exp.Func, exp.Binary, exp.Between, exp.In)) or isinstance(node, (exp.Connector, exp.If, exp.Case)):
        return None
    operands = [child for child in node.iter_expressions() if isinstance(child, exp.Condition) and not isinstance(child, exp.DataType)]
    name = node.name.lower() if isinstance(node, exp.Anonymous) else type(node).__name__
    families = [family(child) for child in operands]
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
        families = ["literal"]  # date '2025-07-05'
    if isinstance(node, (exp.Coalesce, exp.Concat, exp.In)):
        families = sorted(set(families))
    said = f"{name}({', '.join(families)})"
    return f"{said} as {node.to.sql('duckdb')}" if isinstance(node, exp.Cast) else said


# What sqlglot does not know the type of.
RESULTS = {**Dialect.get_or_raise("duckdb").EXPRESSION_METADATA, exp.RegexpReplace: {"returns": exp.DType.VARCHAR}}


def typed(tree, columns):
    """A copy of a query with its columns resolved and its nodes typed."""

    def known(node):
        if (name := variable(node)) is not None:
            return exp.cast(exp.null(), VARIABLES.get(name, "varchar"))
        if isinstance(node, exp.Anonymous) and node.name.lower() == "try_strptime":
            return exp.StrToTime(this=node.expressions[0], format=node.expressions[1])
        if isinstance(node, exp.Table) and isinstance(node.this, exp.ReadCSV):
            names = [column.name for column in node.find_ancestor(exp.Select).expressions if isinstance(column, exp.Column)]
            values = exp.select(*(exp.cast(exp.null(), "varchar").as_(name) for name in names))
            return values.subquery("read")
        return node

    resolved = qualify(tree.copy().transform(known), schema=columns, dialect="duckdb", validate_qualify_columns=False)
    return annotate_types(resolved, schema=columns, dialect="duckdb", expression_metadata=RESULTS)


def place(node):
    """The line that a node stands on: the least of what is in it, else that of what it is in."""
    while node is not None:
        lines = [part.meta["line"] for part in node.walk() if "line" in part.meta]
        if lines:
            return min(lines)
        node = node.parent
    return 1


def parse(sql):
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for node in tree.walk():
        node.comments = None
    return tree.transform(lambda node: exp.Literal.string(node.name) if isinstance(node, exp.ByteString) else node)


def mistakes_of(path, tree, columns, tested):
    """What of a file no idiom shows."""
    found = {}

    def say(node, what):
        instead = INSTEAD.get(what, INSTEAD.get(what.split("(")[0], DEFAULT))
        found.setdefault((place(node), what), {"path": path, "line": place(node), "what": what, "instead": instead})

    for node in tree.walk():
        for shape in shapes(node):
            if shape not in tested:
                say(node, shape)
                break
    if not found:
        for node in typed(tree, columns).walk():
            kind = kinds(node)
            if kind and kind not in tested:
                say(node, kind)
    return list(found.values())


def spark(path, tree):
    """Returns the Spark SQL of a query, and the mistakes that the rules find."""
    mistakes = []

    def turned(node):
        rule = RULES.get(type(node))
        if rule is None:
            return node
        try:
            return rule(node) or node
        except Unportable as refused:
            mistakes.append({"path": path, "line": place(node), "what": node.sql("duckdb"), "instead": str(refused)})
            return node

    # From the leaves up. A date's guard stands beside it, so it is looked at while all is as it was written.
    nodes = list(reversed(list(tree.walk(bfs=True))))
    for node in sorted(nodes, key=lambda node: not isinstance(node, exp.Anonymous)):
        other = turned(node)
        if other is not node:
            if node is tree:
                tree = other
            else:
                node.replace(other)
    try:
        return tree.sql(dialect="spark", pretty=True, unsupported_level=ErrorLevel.RAISE), mistakes
    except SqlglotError as refused:
        return "", mistakes or [{"path": path, "line": 1, "what": str(refused), "instead": DEFAULT}]


def run(request):
    columns = request["columns"]
    tested = set()
    for idiom in request["idioms"]:
        tree = parse(idiom["sql"])
        for node in tree.walk():
            tested.update(shapes(node))
        tested.update(filter(None, (kinds(node) for node in typed(tree, columns).walk())))
    turned, mistakes = {}, []
    for file in request["files"] + request["idioms"]:
        try:
            tree = parse(file["sql"])
        except SqlglotError as refused:
            line = refused.errors[0]["line"] if getattr(refused, "errors", None) else 1
            mistakes.append({"path": file["path"], "line": line, "what": str(refused).split("\n")[0], "instead": DEFAULT})
            continue
        missing = mistakes_of(file["path"], tree, columns, tested)
        sql, refused = spark(file["path"], tree)
        mistakes += missing + refused
        turned[file["path"]] = sql + "\n"
    return {"sqlglot": sqlglot.__version__, "files": turned, "mistakes": mistakes}


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
