"""What sqlglot leaves as it is, or turns into something else than DuckDB means: one function for each kind of node.

A rule gets a node and returns what stands in its place for Spark, None for the node as it is; it raises Unportable for a
use that is not known to mean the same.
"""

from sqlglot import exp

from patterns import Unportable, java_pattern, java_replacement

# The variables that a run hands over, and the type of each.
VARIABLES = {"files": "array<varchar>", "months": "array<date>"}

# Options of read_csv that the runner's own reading of delivered files keeps to; the values that may stand there.
DELIVERED = {
    "columns": "GETVARIABLE('columns')",
    "header": "TRUE",
    "delim": "','",
    "quote": "'\"'",
    "escape": "'\"'",
    "auto_detect": "FALSE",
    "hive_partitioning": "FALSE",
    "store_rejects": "TRUE",
    "rejects_table": "GETVARIABLE('rejects_table')",
    "rejects_scan": "GETVARIABLE('rejects_scan')",
}
DELIVERED_VARIABLES = {"read_timestamp", "file_name", "file_size"}  # columns of the runner's view

FORMATS = {  # of a date: what DuckDB writes, what Spark does, the text that it must be known to be
    "%Y/%m/%d": ("yyyy/MM/dd", "[0-9]{4}/[0-9]{2}/[0-9]{2}"),
    "%Y-%m-%d": ("yyyy-MM-dd", "[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "%d-%m-%Y": ("dd-MM-yyyy", "[0-9]{2}-[0-9]{2}-[0-9]{4}"),
    "%d/%m/%Y": ("dd/MM/yyyy", "[0-9]{2}/[0-9]{2}/[0-9]{4}"),
    "%m/%d/%Y": ("MM/dd/yyyy", "[0-9]{2}/[0-9]{2}/[0-9]{4}"),
    "%B %d, %Y": ("MMMM dd, yyyy", "[A-Za-z]+ [0-9]{2}, [0-9]{4}"),
    "%Y_%m_%d": ("yyyy_MM_dd", "[0-9]{4}_[0-9]{2}_[0-9]{2}"),
}
PARTS = {"%B": "MMMM", "%b": "MMM"}


def literal(node, what):
    """Returns the text of a literal."""
    if not isinstance(node, exp.Literal):
        raise Unportable(f"write {what} as a literal")
    return node.name


def variable(node):
    """Returns the name of the variable that a node gets, None where it is no getvariable."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "getvariable":
        return literal(node.expressions[0], "the name of a variable")
    return None


def call(name, *args):
    return exp.Anonymous(this=name, expressions=list(args))


def full_match(node):
    pattern = java_pattern(literal(node.expression, "a pattern"), whole=True)
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(pattern))


def flags_of(node, name, known):
    flags = literal(node.args[name], "flags") if node.args.get(name) else ""
    if set(flags) - set(known):
        raise Unportable(f"use no other flags than {', '.join(known)}")
    return flags


def regexp_replace(node):
    flags, written = flags_of(node, "modifiers", "gis"), literal(node.expression, "a pattern")
    if "g" not in flags and (not written.startswith("^") or "|" in written):
        raise Unportable("Spark replaces all matches: say 'g', or begin the pattern with ^")
    pattern = exp.Literal.string(java_pattern(written, flags))
    return call("REGEXP_REPLACE", node.this, pattern, exp.Literal.string(java_replacement(literal(node.args["replacement"], "a replacement"))))


def regexp_extract(node):
    pattern = java_pattern(literal(node.expression, "a pattern"), flags_of(node, "parameters", "is"))
    return call("REGEXP_EXTRACT", node.this, exp.Literal.string(pattern), node.args.get("group") or exp.Literal.number(0))


def anonymous(node):
    name = node.name.lower()
    if name == "try_strptime":
        return try_strptime(node)
    if variable(node) is not None and not is_handed_over(node):
        raise Unportable("use files and months as coalesce(list_contains(getvariable('…'), column), true)")
    return None


def is_handed_over(node):
    """Says that a variable stands where a rule takes it."""
    within = node.parent
    if node.find_ancestor(exp.ReadCSV):
        return True
    if isinstance(within, exp.Cast):
        return variable(node) in DELIVERED_VARIABLES
    return variable(node) in VARIABLES and isinstance(within, exp.ArrayContains) and isinstance(within.parent, exp.Coalesce)


def coalesce(node):
    """A run's scope is a function that the runner makes, so that Spark reads no more files and months than it needs."""
    asked = node.this
    if not (isinstance(asked, exp.ArrayContains) and (got := variable(asked.this))):
        return None
    if node.expressions != [exp.true()]:
        raise Unportable("null stands for all: coalesce(…, true)")
    return call("fmcg_in_" + got, asked.expression)


def try_strptime(node):
    """A date is read from text that is known to have the right form: the engines differ in what else they take."""
    text, written = node.expressions[0], literal(node.expressions[1], "a date's format")
    if written not in FORMATS:
        raise Unportable("use one of the formats " + ", ".join(sorted(FORMATS)))
    form, guard = FORMATS[written]
    if not is_guarded(node, text, guard):
        raise Unportable(f"guard it: case when regexp_full_match({text.sql('duckdb')}, '{guard}') then {node.sql('duckdb').lower()} end")
    return call("TRY_TO_TIMESTAMP", text, exp.Literal.string(form))


def is_guarded(node, text, guard):
    if isinstance(text, exp.RegexpExtract):
        return text.expression.name.endswith(f"({guard})") and text.args["group"].name == "1"
    branch = node.find_ancestor(exp.If)
    if branch is None:
        return False
    test = branch.this
    return isinstance(test, exp.RegexpFullMatch) and test.this == text and literal(test.expression, "a pattern") == guard


def upper(node):
    """The one letter in common use whose capital differs: Spark writes SS."""
    return call("UPPER", call("TRANSLATE", node.this, exp.Literal.string("ß"), exp.Literal.string("ẞ")))


def strftime(node):
    written = literal(node.args["format"], "a date's format")
    if written not in PARTS:
        raise Unportable("use strftime for %B and %b only, and arithmetic on year and month for the rest")
    return call("DATE_FORMAT", node.this, exp.Literal.string(PARTS[written]))


def date_diff(node):
    """DuckDB counts the borders between two times, Spark's DATEDIFF with a unit whole units."""
    later, earlier = (exp.cast(side, "date") for side in (node.this, node.expression))
    unit = node.args["unit"].name.upper()
    if unit == "DAY":
        return call("DATEDIFF", later, earlier)
    if unit == "MONTH":
        months = "(year({0}) * 12 + month({0}))"
        return exp.maybe_parse(f"({months.format(later.sql('spark'))} - {months.format(earlier.sql('spark'))})", dialect="spark")
    raise Unportable("use 'day' or 'month'")


def cast(node):
    if isinstance(node.this, exp.Explode):  # Spark makes rows at the top of a select only
        series = node.this.this
        if not (isinstance(series, exp.GenerateSeries) and node.to.is_type("date")):
            raise Unportable("unnest in a select of its own, then cast")
        start, end = (exp.cast(series.args[side], "date") for side in ("start", "end"))
        sequence = call("SEQUENCE", start, end, series.args["step"])
        return exp.Explode(this=exp.case().when(exp.LTE(this=start.copy(), expression=end.copy()), sequence))
    if (got := variable(node.this)) in DELIVERED_VARIABLES:
        return exp.column(got)
    if node.to.this in exp.DataType.INTEGER_TYPES and not isinstance(node.this, exp.Case):
        # Spark cuts a fraction off, DuckDB rounds it.
        node.set("this", call("ROUND", exp.cast(node.this, "decimal(38, 10)"), exp.Literal.number(0)))
    return None


def add(node):
    """1 + row_number() over (), the number of a record in its file, is a column of the runner's view."""
    window = node.expression
    if isinstance(window, exp.Window) and not any(window.args.get(part) for part in ("partition_by", "order")):
        return exp.column("line")
    return None


def window(node):
    if not node.args.get("order") and isinstance(node.this, exp.RowNumber) and not isinstance(node.parent, exp.Add):
        raise Unportable("number rows by an order")
    if isinstance(node.this, exp.Median):  # Spark's median takes no frame, percentile does
        node.set("this", call("PERCENTILE", node.this.this, exp.Literal.number("0.5")))
    return None


def read_csv(node):
    """A table that the runner registers: the delivered files of a table, or a correction file."""
    options = {option.this.name.lower(): option.expression for option in node.expressions}
    select = node.find_ancestor(exp.Select)
    if variable(node.this) == "uri":
        wanted = dict(DELIVERED, force_not_null=None)
        wrong = [name for name in wanted if name not in options]
        wrong += [name for name, value in options.items() if wanted.get(name, "") not in (None, value.sql("duckdb"))]
        names = {column.name for column in select.expressions if isinstance(column, exp.Column)}
        if "force_not_null" in options and {item.name for item in options["force_not_null"].expressions} != names:
            wrong.append("force_not_null")
        if wrong:
            raise Unportable(f"read delivered files with the options of the other bronze files; {', '.join(wrong)} differs")
        return exp.to_table("delivered")
    if isinstance(node.this, exp.DPipe) and variable(node.this.this) == "corrections":
        name = literal(node.this.expression, "the name of a correction file").removeprefix("/").removesuffix(".csv")
        if set(options) != {"columns", "header", "auto_detect"}:
            raise Unportable("read a correction file with columns, header and auto_detect = false only")
        return exp.to_table("corrections_" + name)
    raise Unportable("read files in bronze and corrections only")


def table(node):
    return read_csv(node.this) if isinstance(node.this, exp.ReadCSV) else None


RULES = {
    exp.RegexpFullMatch: full_match,
    exp.RegexpReplace: regexp_replace,
    exp.RegexpExtract: regexp_extract,
    exp.Anonymous: anonymous,
    exp.Coalesce: coalesce,
    exp.Upper: upper,
    exp.TimeToStr: strftime,
    exp.DateDiff: date_diff,
    exp.Cast: cast,
    exp.Add: add,
    exp.Window: window,
    exp.Table: table,
}
