"""The options of `python -m minicov_tracer run`.

What is written out plainly is read here: argparse takes longer to load than Python
to start. It is asked for everything else, as help, errors and shortened names.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Literal

_VALUES = ("data", "source", "include", "omit", "contexts", "context", "core")
"""Options with a value."""
_CONTEXTS = ("test", "none")
_SWITCHES = ("branch", "conditions", "subprocesses")
"""Options that `--no-` turns off."""


class Options:
    """What was asked for; each as it is where it isn't given."""

    def __init__(self) -> None:
        self.data = ".coverage.db"
        self.source = self.include = self.omit = self.context = self.core = ""
        self.contexts: Literal["test", "none"] = "test"
        self.branch = self.conditions = self.subprocesses = True
        self.counts = False
        self.module: list[str] = []
        self.program: list[str] = []


def options(arguments: Sequence[str]) -> Options:
    """What the arguments ask for. Exits, as argparse does, after help and for what it doesn't understand."""
    return plain_options(arguments) or parser().parse_args(arguments, Options())


def plain_options(arguments: Sequence[str]) -> Options | None:
    """What argparse would make of arguments that are written out, None where it has to look itself."""
    if arguments[:1] != ["run"] or "--" in arguments:
        return None
    found = Options()
    at = 1
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if not word.startswith("-"):
            found.program = [word, *arguments[at:]]
            return found
        if word == "-m":
            found.module = [*arguments[at:]]
            return found if found.module else None
        name, has_value, value = word.removeprefix("--").partition("=")
        if name in _VALUES and not has_value and at < len(arguments):
            value = arguments[at]
            has_value = "" if value.startswith("-") else "="
            at += 1
        if not word.startswith("--") or not (_set(found, name, value) if has_value else _switch(found, name)):
            return None
    return None


def _set(found: Options, name: str, value: str) -> bool:
    """Give an option a value; whether it takes that."""
    if name not in _VALUES or (name == "contexts" and value not in _CONTEXTS):
        return False
    setattr(found, name, value)
    return True


def _switch(found: Options, name: str) -> bool:
    """Turn a switch on or off; whether it is one."""
    positive = name.removeprefix("no-")
    if name != "counts" and positive not in _SWITCHES:
        return False
    setattr(found, positive, name == positive)
    return True


def parser() -> argparse.ArgumentParser:
    """What knows all options."""
    import argparse

    whole = argparse.ArgumentParser(prog="python -m minicov_tracer")
    commands = whole.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure a program", usage="%(prog)s [OPTIONS] (SCRIPT | -m MODULE) [ARGS…]")
    run.add_argument("--data", metavar="FILE", help="the data file (default: .coverage.db)")
    run.add_argument("--source", metavar="DIR|PKG,…", help="measure only these folders or packages")
    run.add_argument("--include", metavar="GLOB,…", help="measure only these files")
    run.add_argument("--omit", metavar="GLOB,…", help="leave these files out")
    run.add_argument("--contexts", choices=_CONTEXTS, help="whether each test is a context of its own")
    run.add_argument("--context", metavar="LABEL", help="a label for the whole run")
    run.add_argument("--core", metavar="NAME", help="monitoring, settrace or python")
    for name in _SWITCHES:
        run.add_argument(f"--{name}", action=argparse.BooleanOptionalAction)
    run.add_argument("--counts", action="store_true", help="count every hit")
    run.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help="the module to run, and its arguments")
    run.add_argument("program", nargs=argparse.REMAINDER, metavar="SCRIPT", help="the script to run, and its arguments")
    run.set_defaults(**vars(Options()))
    return whole
