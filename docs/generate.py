"""Writes the generated parts of the documentation anew; with --check, fails if one would change.

The tables of configuration keys, of commands' options and of the data file come
from the program itself. The README's picture of the gutter comes from a real session with the
server, which takes some seconds, so --check leaves it to the demo's own test.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import schema_page

from minicov_lsp.cli import all_commands
from minicov_lsp.commands.command import add_shared_options
from minicov_lsp.config import Config
from minicov_lsp.config.gathering import keys

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
CONFIGURATION = DOCS / "configuration.md"
REFERENCE = DOCS / "commands.md"
SCHEMA = DOCS / "schema.md"
PICTURE = re.compile(r"(<!-- picture: -->\n```text\n).*?(```\n<!-- :picture -->)", re.DOTALL)
KEYS = re.compile(r"(<!-- keys of ([\w ]+):[^\n]* -->\n).*?(<!-- :keys -->)", re.DOTALL)
COMMAND_TABLES = re.compile(r"(<!-- commands:[^\n]* -->\n).*?(<!-- :commands -->)", re.DOTALL)
OWN = " ●"
"""Marks keys that are not coverage.py's."""


def field_docstrings(owner: type) -> dict[str, str]:
    """The string under each field of a class."""
    tree = ast.parse(inspect.getsource(owner))
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        field.target.id: after.value.value.strip()
        for field, after in zip(found.body, found.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)
    }


def shown_default(value: object) -> str:
    """A default as one would write it in TOML; nothing where it is empty."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (int, float)):
        return f"`{value:g}`"
    if isinstance(value, tuple) and value:
        return "coverage.py's own"
    return f'`"{value}"`' if value else ""


def key_table(sections: list[str]) -> str:
    """The keys of some sections, in the order of the fields."""
    meanings = field_docstrings(Config)
    rows = ["| key | means | unless set |", "| --- | --- | --- |"]
    for field, key in keys():
        if key.section not in sections:
            continue
        name = key.name if len(sections) == 1 else f"{key.section}.{key.name}"
        meaning = meanings[field].replace("|", "\\|")
        rows.append(f"| `{name}`{OWN * key.is_ours} | {meaning} | {shown_default(Config._field_defaults[field])} |")
    return "\n".join(rows) + "\n"


def configuration() -> str:
    """The page of configuration keys with its tables as they should be."""
    page = CONFIGURATION.read_text("utf-8")
    return KEYS.sub(lambda found: found[1] + key_table(found[2].split()) + found[3], page)


def option_rows(parser: argparse.ArgumentParser) -> list[str]:
    """A table of what a parser takes, but for --help."""
    rows = ["| option | does |", "| --- | --- |"]
    for action in parser._actions:  # noqa: SLF001  # argparse has no other way to list them
        if action.dest == "help" or action.help == argparse.SUPPRESS:
            continue
        names = ", ".join(f"`{name}`" for name in action.option_strings)
        value = "" if action.nargs == 0 else str(action.metavar or "|".join(map(str, action.choices or ())))
        shown = " ".join(filter(None, (names, f"`{value}`" if value else ""))).replace("|", "\\|")
        rows.append(f"| {shown} | {(action.help or '').replace('|', '&#124;')} |")
    return rows


def command_tables() -> str:
    """Each command with its options, then the options that all have."""
    parts: list[str] = []
    for command in all_commands():
        parser = argparse.ArgumentParser(add_help=False)
        command.add_options(parser)
        rows = option_rows(parser)
        parts += [f"## minicov {command.name}", "", f"{command.help[0].upper()}{command.help[1:]}.", ""]
        parts += [*rows, ""] if len(rows) > 2 else []
    shared = argparse.ArgumentParser(add_help=False)
    add_shared_options(shared)
    return "\n".join([*parts, "## Options that every command has", "", *option_rows(shared), ""])


def reference() -> str:
    """The page of commands with its tables as they should be."""
    page = REFERENCE.read_text("utf-8")
    return COMMAND_TABLES.sub(lambda found: f"{found[1]}\n{command_tables()}\n{found[2]}", page)


def readme() -> str:
    """The README with the part of the demo's picture that has all the signs, without colours."""
    with tempfile.TemporaryDirectory() as folder:
        shown = subprocess.run(
            [sys.executable, DOCS / "demo", "--folder", Path(folder) / "basket"],
            env={**os.environ, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout
    shown, _, _ = shown.partition("\nNow in your editor")
    lines = shown.splitlines()
    first = next(number for number, line in enumerate(lines) if "def discount" in line)
    drawn = "\n".join(lines[first:])
    return PICTURE.sub(lambda found: f"{found[1]}{drawn}\n{found[2]}", README.read_text("utf-8"))


def main() -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(prog="docs/generate.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a table is out of date")
    if parser.parse_args().check:
        outdated = [
            page.name
            for page, wanted in (
                (CONFIGURATION, configuration()),
                (REFERENCE, reference()),
                (SCHEMA, schema_page.page(SCHEMA)),
            )
            if page.read_text("utf-8") != wanted
        ]
        for name in outdated:
            print(f"docs/{name} is out of date: run `make docs`", file=sys.stderr)
        return 1 if outdated else 0
    CONFIGURATION.write_text(configuration(), "utf-8")
    REFERENCE.write_text(reference(), "utf-8")
    SCHEMA.write_text(schema_page.page(SCHEMA), "utf-8")
    README.write_text(readme(), "utf-8")
    print("written: the tables of keys, of commands and of the schema, and the README's picture")
    return 0


if __name__ == "__main__":
    sys.exit(main())
