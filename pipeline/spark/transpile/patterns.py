"""Regular expressions of RE2, which DuckDB has, written for Java's, which Spark has.

Both read the same letters differently: Java's $ matches before a last line end, its \\s takes a vertical tab, its . refuses
five more characters, its (?i) knows ASCII only. What is written here means the same in both; what is not known is refused.
"""

import re


class Unportable(Exception):
    """Something that is not known to mean the same in both engines; its text is what to write instead."""


_QUANTIFIER = re.compile(r"[*+?]|\{[0-9]+(,[0-9]*)?\}")
_CLASS = re.compile(r"\[\^?(?:\\[\\\]\[^.()*+?{}|/-]|[^\\\[\]&])+\]")
_ESCAPED = set("\\.()[]{}*+?|^$/-")
_SPACE = r"[\t\n\f\r ]"
INSTEAD = "use literals, classes like [0-9], groups, |, *, +, ?, {n,m}, ^, $, . and \\s in a pattern"


def java_pattern(pattern: str, flags: str = "", whole: bool = False) -> str:
    """Returns the pattern for Java; whole: it must match the whole text."""
    out, at, groups = [], 0, 0
    while at < len(pattern):
        char, rest = pattern[at], pattern[at:]
        if found := _QUANTIFIER.match(rest):
            if not out or rest[found.end() : found.end() + 1] in ("+", "?"):
                raise Unportable(INSTEAD)
            out.append(found.group())
            at += found.end()
        elif found := _CLASS.match(rest):
            out.append(found.group())
            at += found.end()
        elif rest.startswith(r"\s"):
            out.append(_SPACE)
            at += 2
        elif char == "\\" and rest[1:2] in _ESCAPED:
            out.append(rest[:2])
            at += 2
        elif char == "(" and not rest.startswith("(?"):
            groups += 1
            out.append(char)
            at += 1
        elif char == "$":
            out.append(r"\z")
            at += 1
        elif char == "^":
            out.append(r"\A")
            at += 1
        elif char == ".":
            out.append(r"(?s:.)" if "s" in flags else r"[^\n]")
            at += 1
        elif char in ")|" or char not in "\\[]{}(":
            out.append(char)
            at += 1
        else:
            raise Unportable(INSTEAD)
    text = "".join(out)
    if whole:
        text = rf"\A(?:{text})\z"
    return "(?iu)" + text if "i" in flags else text


def java_replacement(text: str) -> str:
    r"""Returns a replacement for Java: \1 is $1 there."""
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            follower = text[at + 1 : at + 2]
            if not follower.isdigit() and follower != "\\":
                raise Unportable("write a group as \\1 and a backslash as \\\\ in a replacement")
            out.append("$" + follower if follower.isdigit() else "\\\\")
            at += 2
        else:
            out.append("\\$" if text[at] == "$" else text[at])
            at += 1
    return "".join(out)
