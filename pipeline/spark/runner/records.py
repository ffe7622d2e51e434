"""Cuts a delivered file into its records: what pipeline/inspect.go and read.go do, once more, on the executors.

A file is read whole by one task. Records that are no CSV are told with their own text, and the rest of the file loads.
"""

import gzip
import re
import zlib

NOT_UTF8 = "not UTF-8: ask for the file in UTF-8, or convert it (iconv)"
LONGEST = 2_000_000  # bytes of a record
BOM = b"\xef\xbb\xbf"

# What there is to say of a file: a record of it has a kind of its own.
ROW, REFUSED, FILE = "row", "refused", "file"

# The columns of what read returns.
SCHEMA = "kind string, line bigint, fields array<string>, said string, text string"

_QUOTED = re.compile(rb'"(?:[^"]|"")*"')
_PLAIN = re.compile(rb"[^,\n]*")


def read(content, needed, packed):
    """Yields (kind, line, fields, said, text) of a file.

    FILE comes first, at line 1: said is why it is rejected, or null; fields are columns that its table does not have.
    ROW has the fields in the order of needed. REFUSED says why, and has its text as it was delivered.
    """
    try:
        content = bytes(content)
        if packed and content:
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as damage:
        yield FILE, 1, None, f"unreadable: its gzip data is damaged: {damage}", None
        return
    content = content.removeprefix(BOM)
    records = cut(content)
    header = next(((fields, wrong) for fields, raw, wrong in records if raw), None)
    places, extra, rejected = judge(content, header, needed)
    yield FILE, 1, extra, rejected, None
    if rejected:
        return
    width, line = len(header[0]), 1
    for fields, raw, wrong in records:
        if not raw:
            continue  # a blank line is no record
        line += 1
        if not wrong:
            wrong = "line size over maximum" if len(raw) > LONGEST else surplus(len(fields), width)
        if wrong:
            yield REFUSED, line, None, wrong, raw.decode()
        else:
            yield ROW, line, [value(fields[place]) for place in places], None, None


def surplus(fields, width):
    if fields == width:
        return ""
    return "too many columns" if fields > width else "missing columns"


def judge(content, header, needed):
    """Returns where the needed columns are, the columns that are kept out, and why the file is rejected."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None, None, "not UTF-8: it begins as UTF-16; ask for the file in UTF-8, or convert it (iconv)"
    if header is None:
        return None, None, "empty: it has no header line"
    fields, wrong = header
    if wrong:
        return None, None, f"its header line is no CSV: {wrong}"
    names, extra = [], []
    known = {column.lower(): column for column in needed}
    try:
        fields = [value(field) for field in fields]
    except UnicodeDecodeError:
        return None, None, NOT_UTF8
    for field in fields:
        name = known.get(field.strip().lower())
        if name is None:
            extra.append(field.strip())
        elif name in names:
            return None, None, f"column {name} is there twice"
        names.append(name)
    if missing := [column for column in needed if column not in names]:
        return None, None, f'column {", ".join(missing)} missing; its header is "{",".join(fields)}"{separated(fields)}'
    try:
        content.decode()
    except UnicodeDecodeError:
        return None, None, NOT_UTF8
    return [names.index(column) for column in needed], extra, None


def separated(fields):
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(fields) == 1 and mark in fields[0]:
            return f", separated by {name} and not by commas"
    return ""


def value(field):
    """The text of a field as it is written."""
    if field[:1] == b'"':
        field = field[1:-1].replace(b'""', b'"')
    return field.decode()


def cut(content):
    """Yields each record: its fields as they are written, all of it without its line end, and why its quotes are no CSV."""
    at, size = 0, len(content)
    while at < size:
        end = content.find(b"\n", at)
        line = content[at:] if end < 0 else content[at:end]
        if b'"' not in line:  # most lines
            line = line.removesuffix(b"\r")
            yield line.split(b","), line, ""
            at = size if end < 0 else end + 1
            continue
        start, fields, wrong = at, [], ""
        while True:
            field, broken, at = next_field(content, at)
            wrong = "unquoted value" if broken else wrong
            if at < size and content[at] == ord(","):
                fields.append(field)
                at += 1
                continue
            fields.append(field.removesuffix(b"\r"))
            yield fields, content[start:at].removesuffix(b"\r"), wrong
            at += 1
            break


def next_field(content, at):
    """Returns a field as it is written, whether its quotes are broken, and the place of what ends it."""
    if content[at : at + 1] != b'"':
        end = _PLAIN.match(content, at).end()
        return content[at:end], False, end
    quoted = _QUOTED.match(content, at)
    if quoted is None:
        return content[at:], True, len(content)  # no closing quote: it swallows the rest
    closed = quoted.end()
    end = _PLAIN.match(content, closed).end()
    after = content[closed:end]
    line_end = content[end : end + 1] != b"," and after == b"\r"
    return content[at:end], bool(after) and not line_end, end
