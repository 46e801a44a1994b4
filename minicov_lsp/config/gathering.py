"""From the entries of files to a configuration: which key is which setting, and which is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath

from minicov_lsp.config.entries import Entry, Origin, items, regex_items, regexes
from minicov_lsp.config.files import Sections
from minicov_lsp.config.values import Config, Key, pattern_key

EDITOR_SETTINGS = frozenset(
    (
        "python", "testArgs", "conditions", "diagnostics", "inlayHints", "codeLens",
        "dataFile", "pathMappings", "watch", "debounce", "whenBusy",
    )
)  # fmt: skip
"""What editors set in their section `minicov`; in pyproject.toml they may be spelled with underscores."""

_WITHOUT_MEANING: Mapping[str, frozenset[str]] = {
    "run": frozenset(("concurrency", "debug", "debug_file", "disable_warnings", "patch", "sigterm", "timid", "_crash")),
    "report": frozenset(("format",)),
}
"""coverage.py's keys that need no answer here: what they switch is always so, or isn't there."""
_UNANSWERED: Mapping[tuple[str, str], str] = {
    ("run", "cover_pylib"): "minicov does not measure the standard library; name what you need of it in `source`",
    ("run", "plugins"): "minicov does not run coverage.py's plugins; what only they can measure is left out",
}
"""coverage.py's keys that change its numbers and not ours, and what to say of them."""


def keys() -> Iterator[tuple[str, Key]]:
    """(field of Config, how it is written) for all that is read from sections."""
    for field, kind in Config.__annotations__.items():
        for key in getattr(kind, "__metadata__", ()):
            yield field, key


class Gathering:
    """A configuration that is being put together, file by file."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        self._editor: dict[str, object] = {}
        self._origins: dict[str, Origin] = {}
        self._warnings: list[str] = []
        self._files: list[str] = []
        self._measures_children: bool | None = None
        self.is_complete = False
        """Whether something was taken that coverage.py's files could say too: then they are not asked."""

    def config(self) -> Config:
        """What was gathered, with defaults for the rest."""
        make: Callable[..., Config] = Config
        if self._measures_children is not None:
            self._values.setdefault("subprocesses", self._measures_children)
        return make(
            **self._values,
            paths=self._paths,
            editor=self._editor,
            files=tuple(self._files),
            origins=self._origins,
            warnings=tuple(dict.fromkeys(self._warnings)),
        )

    def take_coverage_py(self, file: str, sections: Sections, *, is_own: bool = False) -> bool:
        """Take what a file says for coverage.py; whether it said anything that counts. Raises ConfigError.

        `is_own`: the file is coverage.py's alone, or was named: then it counts even if it says nothing.
        """
        by_place = {(key.section, key.name): (name, key) for name, key in keys() if not key.is_ours}
        before = len(self._origins)
        for section, entries in sections.items():
            if section == "paths":
                self._take_paths(entries)
                continue
            self._reject_lost_table(section, entries)
            for name, entry in entries.items():
                if (section, name) in by_place:
                    self._take(*by_place[section, name], entry)
                elif (section, name) in _UNANSWERED:
                    self._warn(entry, _UNANSWERED[section, name])
                elif name not in _WITHOUT_MEANING.get(section, ()):
                    self._warn_unknown(section, entry, sections)
        said = len(self._origins) > before
        if said or is_own:
            self._measures_children = _measures_children(sections.get("run", {}))
        self._remember(file, said=said)
        return said

    def take_ours(self, file: str, sections: Sections) -> None:
        """Take what `[tool.minicov]` says. Raises ConfigError."""
        before = len(self._origins)
        for section, entries in sections.items():
            self._reject_lost_table(section, entries)
            if section == "paths":
                self._take_paths(entries)
            elif _camel_case(section) in EDITOR_SETTINGS:
                self._take_setting_table(_camel_case(section), entries)
            elif section and section not in _sections():
                for entry in entries.values():
                    self._warn(entry, "unknown section")
            else:
                for name, entry in entries.items():
                    self._take_ours(section, name, entry)
        self._remember(file, said=len(self._origins) > before)

    def override(self, field: str, value: object, variable: str) -> None:
        """Put in what an environment variable says."""
        self._values[field] = value
        self._origins[field] = Origin("", "", f"environment variable {variable}")

    def _take_ours(self, section: str, name: str, entry: Entry) -> None:
        """One key of ours: above all sections those of `run` and `report` can stand too, and editors' settings."""
        setting = _camel_case(name)
        found = [(field, key) for field, key in keys() if _is_meant(key, section, name)]
        for field, key in found:
            self._take(field, key, entry)
        if section == "" and setting in EDITOR_SETTINGS:
            self._take_setting(setting, entry)
        elif not found:
            self._warn(entry, "unknown key")

    def _take(self, field: str, key: Key, entry: Entry) -> None:
        self._values[field] = key.read(entry)
        self._origins[field] = entry.origin
        if key.read in (regexes, regex_items):
            for pattern in key.read(entry):
                self._origins[pattern_key(field, pattern)] = entry.origin_of(pattern)
        self.is_complete = self.is_complete or not key.is_ours

    def _take_paths(self, entries: Mapping[str, Entry]) -> None:
        for name, entry in entries.items():
            self._paths[name] = items(entry)
            field = f"paths.{name}"
            self._origins[field] = entry.origin
            for pattern in self._paths[name]:
                self._origins[pattern_key(field, pattern)] = entry.origin_of(pattern)
            self.is_complete = True

    def _reject_lost_table(self, section: str, entries: Mapping[str, Entry]) -> None:
        """Raise ConfigError where `report = 3` or `[[tool.coverage.report]]` stands in place of a section."""
        for name, entry in entries.items() if section == "" else ():
            if name == "paths" or name in _sections():
                place = f"{entry.origin.section}.{name}".lstrip(".")
                raise entry.error(f"{name} is not a table of keys; write [{place}]")

    def _take_setting(self, name: str, entry: Entry) -> None:
        self._editor[name] = entry.value
        self._origins[f"editor.{name}"] = entry.origin

    def _take_setting_table(self, name: str, entries: Mapping[str, Entry]) -> None:
        self._editor[name] = {key: entry.value for key, entry in entries.items()}
        for key, entry in entries.items():
            self._origins[f"editor.{name}.{key}"] = entry.origin

    def _warn(self, entry: Entry, what: str) -> None:
        self._warnings.append(f"{entry.origin}: {what}")

    def _warn_unknown(self, section: str, entry: Entry, sections: Sections) -> None:
        """Warn of a key that coverage.py would pass over, unless it may be one of its plugins' or another tool's."""
        if section == "":
            self._warn(entry, "unknown key; it belongs into a section, as branch into [tool.coverage.run]")
        elif section in _sections():
            self._warn(entry, "unknown key")
        elif "plugins" not in sections.get("run", {}) and _is_for_coverage_py(entry):
            self._warn(entry, "unknown section")

    def _remember(self, file: str, *, said: bool) -> None:
        if said and file not in self._files:
            self._files.append(file)


def _sections() -> frozenset[str]:
    """All sections with keys."""
    return frozenset(key.section for _, key in keys())


def _is_for_coverage_py(entry: Entry) -> bool:
    """Whether nobody but coverage.py reads the section that a key is in: a named setup.cfg has others too."""
    is_marked = entry.origin.section.startswith(("coverage:", "tool.coverage."))
    return is_marked or PurePath(entry.origin.file).name.startswith(".coveragerc")


def _measures_children(run: Mapping[str, Entry]) -> bool:
    """Whether coverage.py, configured so, measures processes that the program starts: its numbers must be ours."""
    words = {word for name in ("concurrency", "patch") if name in run for word in items(run[name])}
    return bool(words & {"multiprocessing", "subprocess", "fork", "execv"})


def _is_meant(key: Key, section: str, name: str) -> bool:
    """Whether a key that is written so in `[tool.minicov]` is this one."""
    if section:
        return (key.section, key.name) == (section, name)
    if name == "dataFile":
        return key.name == "data_file"
    # Above all sections `include` and `omit` mean what is measured and what is reported; `contexts` only the former.
    return key.name == name and key.section in ("run", "report") and (key.section, name) != ("report", "contexts")


def _camel_case(name: str) -> str:
    first, *rest = name.replace("-", "_").split("_")
    return first + "".join(part.capitalize() for part in rest)
