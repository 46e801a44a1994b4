"""Every setting, where it is written, what it is when nobody says.

A field made with `_key` is read from the section and key named there; `reading`
does the rest, so a new setting is one field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, TypeVar

from minicov_lsp.config.entries import (
    Entry,
    Origin,
    boolean,
    file_name,
    integer,
    items,
    number,
    regex_items,
    regexes,
    text,
)

T = TypeVar("T")

COLUMNS = ("name", "stmts", "miss", "branch", "brpart", "cover")
"""What a console report can be sorted by."""
CORES = ("monitoring", "settrace", "python")
_CORES_OF_COVERAGE_PY = {"ctrace": "", "sysmon": "", "pytrace": "python"}

MOST_DECIMALS = 100
"""More say nothing: a percentage is a fraction of whole numbers, kept with 17 digits."""

DEFAULT_DATA_FILE = ".coverage.db"
DEFAULT_EXCLUDE: Final = (
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
)
DEFAULT_PARTIAL: Final = (r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)",)
DEFAULT_PARTIAL_ALWAYS: Final = (r"^\s*while (True|1|False|0):", r"^\s*if (True|1|False|0):")


class Key(NamedTuple):
    """How a field is written in a file."""

    section: str
    """"run", "report" and so on: `[tool.minicov.run]`, `[tool.coverage.run]`, `[coverage:run]` or `[run]`."""
    name: str
    read: Callable[[Entry], object]
    """Understands the value or raises ConfigError."""
    is_ours: bool
    """Whether coverage.py's files can't have it."""


def _key(section: str, name: str, read: Callable[[Entry], T], default: T, *, is_ours: bool = False) -> T:
    """A field that is read from files."""
    return field(default=default, metadata={"key": Key(section, name, read, is_ours)})


def data_file_of_coverage_py(name: str) -> str:
    """Where our data goes when coverage.py's is told to be at `name`: beside it, for neither can read the other's."""
    return name if name.endswith(".db") else f"{name}.db"


def _data_file(entry: Entry) -> str:
    name = file_name(entry)
    return data_file_of_coverage_py(name) if entry.is_foreign else name


def _core(entry: Entry) -> str:
    name = text(entry)
    if entry.is_foreign and name in _CORES_OF_COVERAGE_PY:
        return _CORES_OF_COVERAGE_PY[name]
    if name not in ("", *CORES):
        raise entry.error(f"there is no core {name!r}; choose from {', '.join(CORES)}")
    return name


def _contexts(entry: Entry) -> Literal["test", "none"]:
    name = text(entry)
    if name == "test":
        return "test"
    if name == "none":
        return "none"
    raise entry.error(f"{name!r} is neither test nor none")


def _dynamic_context(entry: Entry) -> str:
    name = text(entry)
    if name not in ("", "none", "test_function"):
        raise entry.error(f"{name!r} is neither test_function nor none")
    return name


def _percentage(entry: Entry) -> float:
    value = number(entry)
    if not 0 <= value <= 100:
        raise entry.error(f"{value:g} is not a percentage; write a number from 0 to 100")
    return value


def _precision(entry: Entry) -> int:
    value = integer(entry)
    if not 0 <= value <= MOST_DECIMALS:
        raise entry.error(f"{value} is no number of decimals; write one from 0 to {MOST_DECIMALS}")
    return value


def _sort(entry: Entry) -> str:
    value = text(entry).lower()
    if value.lstrip("+-") not in COLUMNS or len(value) - len(value.lstrip("+-")) > 1:
        raise entry.error(f"can't sort by {value!r}; choose from {', '.join(COLUMNS)}; - before it reverses")
    return value


@dataclass(frozen=True)
class Config:
    """All settings of one project, with where each comes from."""

    branch: bool = _key("run", "branch", boolean, default=True)
    """Whether branches are recorded."""
    conditions: bool = _key("run", "conditions", boolean, default=True, is_ours=True)
    """Whether conditions are decided."""
    counts: bool = _key("run", "counts", boolean, default=False, is_ours=True)
    """Whether every hit is counted."""
    subprocesses: bool = _key("run", "subprocesses", boolean, default=True, is_ours=True)
    """Whether processes that the program starts are measured too; under coverage.py's files, if they ask for it."""
    contexts: Literal["test", "none"] = _key("run", "contexts", _contexts, default="test", is_ours=True)
    """Whether each test is a context of its own."""
    context: str = _key("run", "context", text, default="")
    """A label for the whole run."""
    dynamic_context: str = _key("run", "dynamic_context", _dynamic_context, default="")
    """coverage.py's own way to say `contexts`: "test_function"."""
    core: str = _key("run", "core", _core, default="")
    """The core to use; "" chooses the best there is."""
    data_file: str = _key("run", "data_file", _data_file, default=DEFAULT_DATA_FILE)
    """Where the data is, from the project's folder."""
    parallel: bool = _key("run", "parallel", boolean, default=False)
    """Whether a run leaves its partial files unmerged."""
    relative_files: bool = _key("run", "relative_files", boolean, default=False)
    """Asks for what is always so here: paths are recorded relative to the project's folder."""
    command_line: str = _key("run", "command_line", text, default="")
    """What `run` runs when it is given no program."""
    source: tuple[str, ...] = _key("run", "source", items, default=())
    """Folders, or packages where there is no such folder, to measure."""
    source_pkgs: tuple[str, ...] = _key("run", "source_pkgs", items, default=())
    """Packages to measure."""
    source_dirs: tuple[str, ...] = _key("run", "source_dirs", items, default=())
    """Folders to measure."""
    run_include: tuple[str, ...] = _key("run", "include", items, default=())
    """File patterns to measure; without meaning beside `source`."""
    run_omit: tuple[str, ...] = _key("run", "omit", items, default=())
    """File patterns not to measure."""

    exclude_lines: tuple[str, ...] = _key("report", "exclude_lines", regexes, default=DEFAULT_EXCLUDE)
    """Regular expressions for lines that do not count."""
    exclude_also: tuple[str, ...] = _key("report", "exclude_also", regexes, default=())
    """More of them."""
    partial_branches: tuple[str, ...] = _key("report", "partial_branches", regexes, default=DEFAULT_PARTIAL)
    """Regular expressions for lines whose branches count as taken."""
    partial_also: tuple[str, ...] = _key("report", "partial_also", regexes, default=())
    """More of them."""
    partial_branches_always: tuple[str, ...] = _key(
        "report", "partial_branches_always", regexes, default=DEFAULT_PARTIAL_ALWAYS
    )
    """The same, for tests that are constant by their form."""
    report_include: tuple[str, ...] = _key("report", "include", items, default=())
    """File patterns to report on; all files where there is none."""
    report_omit: tuple[str, ...] = _key("report", "omit", items, default=())
    """File patterns to leave out of reports."""
    report_contexts: tuple[str, ...] = _key("report", "contexts", regex_items, default=())
    """Regular expressions; only what ran in a context that one is found in counts."""
    fail_under: float = _key("report", "fail_under", _percentage, default=0.0)
    """The least total, in percent, with which reports exit 0."""
    precision: int = _key("report", "precision", _precision, default=0)
    """Decimals of percentages."""
    show_missing: bool = _key("report", "show_missing", boolean, default=False)
    """Whether the console report lists what is missing."""
    skip_covered: bool = _key("report", "skip_covered", boolean, default=False)
    """Whether the console report leaves out files without a gap."""
    skip_empty: bool = _key("report", "skip_empty", boolean, default=False)
    """Whether it leaves out files without a statement."""
    sort: str = _key("report", "sort", _sort, default="name")
    """A column, with - before it for the reverse."""
    ignore_errors: bool = _key("report", "ignore_errors", boolean, default=False)
    """Whether files that can't be read or parsed are warned of and left out."""
    include_namespace_packages: bool = _key("report", "include_namespace_packages", boolean, default=False)
    """Whether folders without `__init__.py` are searched for files that never ran."""

    html_directory: str = _key("html", "directory", file_name, default="htmlcov")
    """Where the HTML report goes."""
    html_title: str = _key("html", "title", text, default="Coverage report")
    """What it is called."""
    html_show_contexts: bool = _key("html", "show_contexts", boolean, default=False)
    """Whether it tells which contexts ran a line."""
    html_skip_covered: bool | None = _key("html", "skip_covered", boolean, default=None)
    """As `skip_covered`; None is the same as that."""
    html_skip_empty: bool | None = _key("html", "skip_empty", boolean, default=None)
    """As `skip_empty`; None is the same as that."""
    html_extra_css: str = _key("html", "extra_css", text, default="")
    """A style sheet to add to it."""
    xml_output: str = _key("xml", "output", file_name, default="coverage.xml")
    """Where the Cobertura report goes."""
    xml_package_depth: int = _key("xml", "package_depth", integer, default=99)
    """How deep folders are packages of their own in it."""
    json_output: str = _key("json", "output", file_name, default="coverage.json")
    """Where the JSON report goes."""
    json_pretty_print: bool = _key("json", "pretty_print", boolean, default=False)
    """Whether it is indented."""
    json_show_contexts: bool = _key("json", "show_contexts", boolean, default=False)
    """Whether it tells which contexts ran a line."""
    lcov_output: str = _key("lcov", "output", file_name, default="coverage.lcov")
    """Where the LCOV report goes."""
    lcov_line_checksums: bool = _key("lcov", "line_checksums", boolean, default=False)
    """Whether it has a checksum for each line."""

    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """{any name: (the folder here, patterns of where it was on other machines)}."""
    editor: Mapping[str, object] = field(default_factory=dict)
    """Settings of the language server from `[tool.minicov]`, by the name that editors use; not checked here."""
    files: tuple[str, ...] = ()
    """The files that were read for this and had something to say."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """{field: where it was set}; those with their default are not in it. `paths.NAME` and `editor.NAME` for theirs,
    regular expressions one by one as `pattern_key` names them."""
    warnings: tuple[str, ...] = ()
    """What should be told to the user: keys that mean nothing, with their file."""

    @property
    def exclude(self) -> tuple[str, ...]:
        """All regular expressions for lines that do not count."""
        return self.exclude_lines + self.exclude_also

    @property
    def partial(self) -> tuple[str, ...]:
        """All regular expressions for lines whose branches count as taken."""
        return self.partial_branches + self.partial_also

    @property
    def pattern_origins(self) -> dict[str, str]:
        """{regular expression for lines: where it was set}."""
        fields = ("exclude_lines", "exclude_also", "partial_branches", "partial_also", "partial_branches_always")
        return {
            pattern: str(self.origins[pattern_key(field, pattern)])
            for field in fields
            for pattern in getattr(self, field)
            if pattern_key(field, pattern) in self.origins
        }


def pattern_key(field: str, pattern: str) -> str:
    """What `Config.origins` calls one regular expression of a field."""
    return f"{field}: {pattern}"


def with_options(config: Config, options: Mapping[str, object]) -> Config:
    """The configuration with {field: value} put in by the command line; values that are None change nothing."""
    given = {name: value for name, value in options.items() if value is not None}
    origins = {**config.origins, **{name: Origin("", "", "command line") for name in given}}
    change: Callable[..., Config] = replace
    return change(config, **given, origins=origins)
