"""Python's own syntax trees as rows, in the form that nodes.h describes: what `_walks.Tree.rows` has to give."""

from __future__ import annotations

import ast
import re
import sys
import unicodedata
from collections.abc import Iterator
from itertools import repeat, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

HEADER = Path(__file__).parents[2].joinpath("minicov_lsp", "csrc", "syntax", "nodes.h")

UNTOLD = (ast.alias, ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.type_ignore)
"""What has no node of its own."""

NAMES = {
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.MatchAs, ast.MatchStar), "name"),
    **dict.fromkeys([getattr(ast, name, ast.ClassDef) for name in ("TypeVar", "ParamSpec", "TypeVarTuple")], "name"),
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
}

FIELDS = {
    **{("arguments", name): "args" for name in ("posonlyargs", "vararg", "kwonlyargs", "kwarg")},
    ("arguments", "kw_defaults"): "defaults",
    ("Dict", "keys"): "elts",
    ("Dict", "values"): "elts",
    ("MatchMapping", "keys"): "patterns",
    ("MatchClass", "cls"): "patterns",
    ("MatchClass", "kwd_patterns"): "patterns",
    ("TypeVar", "default_value"): "bound",
    ("ParamSpec", "default_value"): "bound",
    ("TypeVarTuple", "default_value"): "bound",
}
"""Those that are called otherwise than in `ast`."""

Children = list[tuple[str, ast.AST]]


class Row(NamedTuple):
    """A node; for what the numbers mean see nodes.h."""

    depth: int
    kind: int
    field: int
    operator: int
    link: int
    literal: int
    truth: int
    line: int
    column: int
    end_line: int
    end_column: int
    name: str | None


def numbers(enumeration: str) -> dict[str, int]:
    """{name: number} of an enumeration in nodes.h."""
    (names,) = re.findall(r"typedef enum \{([^}]*)\} " + enumeration + ";", HEADER.read_text("utf-8"))
    return {name.strip(): number for number, name in enumerate(names.split(","))}


KINDS, FIELD_NAMES, OPERATORS, LITERALS = map(numbers, ("Kind", "FieldName", "Operator", "Literal"))
IN_CAPITALS = {"Interpolation": "FORMATTED_VALUE", "UAdd": "UADD", "USub": "USUB", "arguments": "ARGUMENTS"}


def in_capitals(node: ast.AST) -> str:
    """The name that C has for a class of `ast`."""
    name = type(node).__name__
    return IN_CAPITALS.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z]t)(?=E$)", "_", name).upper()


def with_defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.AST | None]]:
    """All parameters, each before its default."""
    plain = [*arguments.posonlyargs, *arguments.args]
    without = len(plain) - len(arguments.defaults)
    for argument, default in zip(plain, [*repeat(None, without), *arguments.defaults], strict=True):
        yield from (("args", argument), ("defaults", default))
    yield "args", arguments.vararg
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield from (("args", argument), ("defaults", default))
    yield "args", arguments.kwarg


def by_place(children: Children) -> Children:
    """In the order of the text."""
    return sorted(children, key=lambda child: (child[1].lineno, child[1].col_offset))  # type: ignore[attr-defined]


def in_fields(node: ast.AST, *names: str) -> Children:
    """What is in some fields, in their order."""
    found: Children = []
    for name in names:
        value = getattr(node, name, None)
        field = FIELDS.get((type(node).__name__, name), name)
        found += [
            (field, each) for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)
        ]
    return found


def children_of(node: ast.AST) -> Children:
    """What is directly inside of a node, in order of the text, decorators first."""
    match node:
        case ast.arguments():
            return [(field, each) for field, each in with_defaults(node) if each is not None]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return in_fields(node, "decorator_list", "type_params", "args", "returns", "body")
        case ast.ClassDef():
            heads = in_fields(node, "decorator_list", "type_params")
            return heads + by_place(in_fields(node, "bases", "keywords")) + in_fields(node, "body")
        case ast.Call():
            return in_fields(node, "func") + by_place(in_fields(node, "args", "keywords"))
        case ast.IfExp():
            return in_fields(node, "body", "test", "orelse")
        case ast.Dict() | ast.MatchMapping():
            values = in_fields(node, "values", "patterns")
            keys = [("elts" if isinstance(node, ast.Dict) else "patterns", key) for key in node.keys]
            return [each for pair in zip_longest(keys, values) for each in pair if each is not None and each[1]]
        case _ if type(node).__name__ in ("JoinedStr", "TemplateStr"):
            return [child for child in in_fields(node, "values") if not isinstance(child[1], ast.Constant)]
    return [child for child in in_fields(node, *node._fields) if not isinstance(child[1], UNTOLD)]


def literal_of(node: ast.AST) -> tuple[int, int]:
    """What a literal is, and its truth."""
    if isinstance(node, ast.JoinedStr):
        texts = [value.value for value in node.values if isinstance(value, ast.Constant)]  # Python 3.12 has empty ones
        return LITERALS["TEXT"] * (len(texts) == len(node.values)), int(any(texts))
    if not isinstance(node, (ast.Constant, ast.MatchSingleton)):
        return 0, 0
    names = {str: "TEXT", bytes: "BYTES", bool: f"{node.value}_LITERAL".upper(), type(None): "NONE"}
    name = "ELLIPSIS_LITERAL" if node.value is ... else names.get(type(node.value), "NUMBER")
    return LITERALS[name], int(bool(node.value))


def operator_of(node: ast.AST) -> int:
    """The operator of a node that tells it."""
    return OPERATORS[in_capitals(node.op)] if isinstance(node, (ast.BoolOp, ast.UnaryOp)) else 0


Place = tuple[int, int, int, int]


def add_rows(rows: list[Row | None], node: ast.AST, depth: int = 0, field: str | None = None, link: int = 0) -> Place:
    """Add those of a node and of what is inside; the place of the node."""
    index = len(rows)
    rows.append(None)  # it is known when its children are
    links = iter(node.ops if isinstance(node, ast.Compare) else ())
    places = [
        add_rows(rows, child, depth + 1, name, OPERATORS[in_capitals(next(links))] if name == "comparators" else 0)
        for name, child in children_of(node)
    ]
    if hasattr(node, "lineno"):
        place: Place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
    else:
        place = (*places[0][:2], *places[-1][2:]) if places else (0, 0, 0, 0)
    name = getattr(node, NAMES[type(node)]) if type(node) in NAMES else None
    number = FIELD_NAMES[f"FIELD_{field.upper()}"] if field else 0
    rows[index] = Row(depth, KINDS[in_capitals(node)], number, operator_of(node), link, *literal_of(node), *place, name)
    return place


TOLD = [KINDS[name] for name in ("BOOL_OP", "IF_EXP", "LAMBDA", "NAMED_EXPR", "COMPREHENSION")]
"""What a walk tells the place of by its kind alone, so that it has to be right."""


def without_odd_places(rows: list[Row]) -> list[Row]:
    """Rows without places in replacement fields, but for what is told: before Python 3.12 `ast` errs in others."""
    if sys.version_info >= (3, 12):
        return rows
    found: list[Row] = []
    odd: list[bool] = []  # of the nodes from the root on
    for row in rows:
        del odd[row.depth :]
        is_field = row.kind == KINDS["FORMATTED_VALUE"]
        odd.append(is_field or (bool(odd) and odd[-1] and row.kind not in TOLD))
        found.append(row._replace(line=0, column=0, end_line=0, end_column=0) if odd[-1] else row)
    return found


def expected(text: str) -> list[Row]:
    """The rows of a text."""
    rows: list[Row | None] = []
    add_rows(rows, ast.parse(text))
    return without_odd_places([row for row in rows if row is not None])


def comparable(rows: list[tuple[Any, ...]]) -> list[Row]:
    """Rows of the reader in C, with names as the compiler has them."""
    found = [Row(*row) for row in rows]
    return without_odd_places(
        [row if row.name is None else row._replace(name=unicodedata.normalize("NFKC", row.name)) for row in found]
    )
