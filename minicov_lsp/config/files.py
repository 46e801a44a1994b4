"""Configuration files as sections of entries; what they mean is decided elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from minicov_lsp.config.entries import Entry, Origin
from minicov_lsp.config.locating import line_of
from minicov_lsp.errors import ConfigError

OURS = "tool.minicov"
COVERAGE_PY = "tool.coverage"

Sections = Mapping[str, Mapping[str, Entry]]
"""{"run": {"branch": entry}}; names are without `tool.coverage.` or `coverage:`; "" is above all sections."""


class ConfigFile(NamedTuple):
    """A file that was read: what it says for coverage.py, and what for us."""

    name: str
    """For messages: relative to the project's folder if the file lies in it."""
    coverage_py: Sections = MappingProxyType({})
    ours: Sections | None = None
    """None where there is no `[tool.minicov]`."""


def read_file(path: Path, root: Path, environment: Mapping[str, str], *, is_own: bool) -> ConfigFile | None:
    """What a file says, None where there is none.

    With `is_own` the file is coverage.py's alone, so its sections need no prefix. Raises ConfigError where it can't be
    read or parsed.
    """
    name = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    try:
        content = path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{name}: can't be read as a configuration file ({error})") from error
    reader = _Reader(name, tuple(content.splitlines()), environment)
    return reader.toml(content, is_own=is_own) if path.suffix == ".toml" else reader.ini(content, is_own=is_own)


class _Reader(NamedTuple):
    name: str
    lines: tuple[str, ...]
    environment: Mapping[str, str]

    def ini(self, content: str, *, is_own: bool) -> ConfigFile:
        """An INI file; a section with the prefix hides one without."""
        import configparser  # few projects need both this and TOML

        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(content, source=self.name)
        except configparser.Error as error:
            raise ConfigError(f"{self.name}: {' '.join(str(error).split())}") from error
        sections: dict[str, dict[str, Entry]] = {}
        for section in parser.sections():
            short = section.removeprefix("coverage:")
            if section == short and (not is_own or f"coverage:{section}" in parser):
                continue
            options = parser.items(section)
            sections[short] = {key: self._entry(section, key, value, is_ini=True) for key, value in options}
        return ConfigFile(self.name, sections)

    def toml(self, content: str, *, is_own: bool) -> ConfigFile:
        """A TOML file; a table under `tool.coverage` hides one at the top."""
        try:
            import tomli as toml
        except ImportError:  # pip install --no-deps: a test environment that must not change is measured that way
            import tomllib as toml  # type: ignore[no-redef]  # tomli is where it comes from

        try:
            document = toml.loads(content)
        except toml.TOMLDecodeError as error:
            raise ConfigError(f"{self.name}: not TOML: {error}") from error
        tops = {name: value for name, value in document.items() if name != "tool"}
        plain = self._tables("", tops) if is_own else {}
        tools = document.get("tool")
        tools = tools if isinstance(tools, dict) else {}
        coverage_py = {**plain, **self._tables(COVERAGE_PY, tools.get("coverage"))}
        ours = self._tables(OURS, tools["minicov"], is_foreign=False) if "minicov" in tools else None
        return ConfigFile(self.name, coverage_py, ours)

    def _tables(self, parent: str, found: object, *, is_foreign: bool = True) -> dict[str, dict[str, Entry]]:
        """The tables in a table, and under "" its own values."""
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ConfigError(f"{self.name}: {parent} is not a table; write [{parent}]")
        sections: dict[str, dict[str, Entry]] = {"": {}}
        for name, value in found.items():
            if isinstance(value, dict):
                section = f"{parent}.{name}" if parent else name
                sections[name] = {
                    key: self._entry(section, key, one, is_foreign=is_foreign) for key, one in value.items()
                }
            else:
                sections[""][name] = self._entry(parent, name, value, is_foreign=is_foreign)
        return sections

    def _entry(self, section: str, key: str, value: object, *, is_ini: bool = False, is_foreign: bool = True) -> Entry:
        origin = Origin(self.name, section, key, line_of(self.lines, section, key))
        return Entry(value, origin, self.lines, self.environment, is_ini, is_foreign)
