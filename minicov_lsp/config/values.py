"""Every setting, where it is written, what it is when nobody says.

A field with a `Key` is read from the section and key named there; `reading`
does the rest, so a new setting is one field.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple

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
    is_ours: bool = False
    """Whether coverage.py's files can't have it."""


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


class Config(NamedTuple):
    """All settings of one project, with where each comes from."""

    branch: Annotated[bool, Key("run", "branch", boolean)] = True
    """Whether branches are recorded."""
    conditions: Annotated[bool, Key("run", "conditions", boolean, is_ours=True)] = True
    """Whether conditions are decided."""
    counts: Annotated[bool, Key("run", "counts", boolean, is_ours=True)] = False
    """Whether every hit is counted."""
    subprocesses: Annotated[bool, Key("run", "subprocesses", boolean, is_ours=True)] = True
    """Whether processes that the program starts are measured too; under coverage.py's files, if they ask for it."""
    contexts: Annotated[Literal["test", "none"], Key("run", "contexts", _contexts, is_ours=True)] = "test"
    """Whether each test is a context of its own."""
    context: Annotated[str, Key("run", "context", text)] = ""
    """A label for the whole run."""
    dynamic_context: Annotated[str, Key("run", "dynamic_context", _dynamic_context)] = ""
    """coverage.py's own way to say `contexts`: "test_function"."""
    core: Annotated[str, Key("run", "core", _core)] = ""
    """The core to use; "" chooses the best there is."""
    data_file: Annotated[str, Key("run", "data_file", _data_file)] = DEFAULT_DATA_FILE
    """Where the data is, from the project's folder."""
    parallel: Annotated[bool, Key("run", "parallel", boolean)] = False
    """Whether a run leaves its partial files unmerged."""
    relative_files: Annotated[bool, Key("run", "relative_files", boolean)] = False
    """Asks for what is always so here: paths are recorded relative to the project's folder."""
    command_line: Annotated[str, Key("run", "command_line", text)] = ""
    """What `run` runs when it is given no program."""
    source: Annotated[tuple[str, ...], Key("run", "source", items)] = ()
    """Folders, or packages where there is no such folder, to measure."""
    source_pkgs: Annotated[tuple[str, ...], Key("run", "source_pkgs", items)] = ()
    """Packages to measure."""
    source_dirs: Annotated[tuple[str, ...], Key("run", "source_dirs", items)] = ()
    """Folders to measure."""
    run_include: Annotated[tuple[str, ...], Key("run", "include", items)] = ()
    """File patterns to measure; without meaning beside `source`."""
    run_omit: Annotated[tuple[str, ...], Key("run", "omit", items)] = ()
    """File patterns not to measure."""

    exclude_lines: Annotated[tuple[str, ...], Key("report", "exclude_lines", regexes)] = DEFAULT_EXCLUDE
    """Regular expressions for lines that do not count."""
    exclude_also: Annotated[tuple[str, ...], Key("report", "exclude_also", regexes)] = ()
    """More of them."""
    partial_branches: Annotated[tuple[str, ...], Key("report", "partial_branches", regexes)] = DEFAULT_PARTIAL
    """Regular expressions for lines whose branches count as taken."""
    partial_also: Annotated[tuple[str, ...], Key("report", "partial_also", regexes)] = ()
    """More of them."""
    partial_branches_always: Annotated[tuple[str, ...], Key("report", "partial_branches_always", regexes)] = (
        DEFAULT_PARTIAL_ALWAYS
    )
    """The same, for tests that are constant by their form."""
    report_include: Annotated[tuple[str, ...], Key("report", "include", items)] = ()
    """File patterns to report on; all files where there is none."""
    report_omit: Annotated[tuple[str, ...], Key("report", "omit", items)] = ()
    """File patterns to leave out of reports."""
    report_contexts: Annotated[tuple[str, ...], Key("report", "contexts", regex_items)] = ()
    """Regular expressions; only what ran in a context that one is found in counts."""
    fail_under: Annotated[float, Key("report", "fail_under", _percentage)] = 0.0
    """The least total, in percent, with which reports exit 0."""
    precision: Annotated[int, Key("report", "precision", _precision)] = 0
    """Decimals of percentages."""
    show_missing: Annotated[bool, Key("report", "show_missing", boolean)] = False
    """Whether the console report lists what is missing."""
    skip_covered: Annotated[bool, Key("report", "skip_covered", boolean)] = False
    """Whether the console report leaves out files without a gap."""
    skip_empty: Annotated[bool, Key("report", "skip_empty", boolean)] = False
    """Whether it leaves out files without a statement."""
    sort: Annotated[str, Key("report", "sort", _sort)] = "name"
    """A column, with - before it for the reverse."""
    ignore_errors: Annotated[bool, Key("report", "ignore_errors", boolean)] = False
    """Whether files that can't be read or parsed are warned of and left out."""
    include_namespace_packages: Annotated[bool, Key("report", "include_namespace_packages", boolean)] = False
    """Whether folders without `__init__.py` are searched for files that never ran."""

    html_directory: Annotated[str, Key("html", "directory", file_name)] = "htmlcov"
    """Where the HTML report goes."""
    html_title: Annotated[str, Key("html", "title", text)] = "Coverage report"
    """What it is called."""
    html_show_contexts: Annotated[bool, Key("html", "show_contexts", boolean)] = False
    """Whether it tells which contexts ran a line."""
    html_skip_covered: Annotated[bool | None, Key("html", "skip_covered", boolean)] = None
    """As `skip_covered`; None is the same as that."""
    html_skip_empty: Annotated[bool | None, Key("html", "skip_empty", boolean)] = None
    """As `skip_empty`; None is the same as that."""
    html_extra_css: Annotated[str, Key("html", "extra_css", text)] = ""
    """A style sheet to add to it."""
    xml_output: Annotated[str, Key("xml", "output", file_name)] = "coverage.xml"
    """Where the Cobertura report goes."""
    xml_package_depth: Annotated[int, Key("xml", "package_depth", integer)] = 99
    """How deep folders are packages of their own in it."""
    json_output: Annotated[str, Key("json", "output", file_name)] = "coverage.json"
    """Where the JSON report goes."""
    json_pretty_print: Annotated[bool, Key("json", "pretty_print", boolean)] = False
    """Whether it is indented."""
    json_show_contexts: Annotated[bool, Key("json", "show_contexts", boolean)] = False
    """Whether it tells which contexts ran a line."""
    lcov_output: Annotated[str, Key("lcov", "output", file_name)] = "coverage.lcov"
    """Where the LCOV report goes."""
    lcov_line_checksums: Annotated[bool, Key("lcov", "line_checksums", boolean)] = False
    """Whether it has a checksum for each line."""

    paths: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """{any name: (the folder here, patterns of where it was on other machines)}."""
    editor: Mapping[str, object] = MappingProxyType({})
    """Settings of the language server from `[tool.minicov]`, by the name that editors use; not checked here."""
    files: tuple[str, ...] = ()
    """The files that were read for this and had something to say."""
    origins: Mapping[str, Origin] = MappingProxyType({})
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
    change: Callable[..., Config] = config._replace
    return change(**given, origins=origins)
