"""Why a file has no coverage, or not what one expects: which setting leaves it out, what the data has of it."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path

from minicov_lsp.errors import MinicovError, SourceError
from minicov_lsp.model import FileFacts
from minicov_lsp.project import Project, name_in, pattern_of, source_of
from minicov_lsp.store.recorded import RecordedData
from minicov_tracer import sources

_INSTALLED = ("site-packages", "dist-packages")
_MOST_NAMES = 3
"""How many look-alikes are named."""


def explain(project: Project, file: Path) -> tuple[str, ...]:
    """What there is to know of a file's coverage, a sentence each, the reason first. `file` is absolute."""
    name = name_in(file, project.root)
    text = sources.read(str(file))
    if text is None:
        what = "can't be read" if file.exists() else "is not there"
        return (f"{name} {what}.",)
    data_file = project.data_to_read()
    if not data_file.exists():
        return (
            f"There is no data yet: {data_file} is not there. Run the tests under minicov.",
            *_left_out(project, file, name),
        )
    try:
        with project.open_data() as data:
            return tuple(_of_data(project, data, file, name, text))
    except MinicovError as error:
        return (str(error),)


def _of_data(project: Project, data: RecordedData, file: Path, name: str, text: str) -> Iterator[str]:
    recorded = project.recorded_names(data).get(file, ())
    versions = [facts for each in recorded for facts in data.facts(each)]
    if any(code.hits for facts in versions for code in facts.codes):
        yield from _measured(name, text, versions)
    else:
        reasons = tuple(_left_out(project, file, name))
        yield from reasons
        if not reasons:
            yield from _never_ran(project, data, name, is_listed=bool(recorded))
        yield from _look_alikes(data, file, name)
    yield from _left_out_of_reports(project, file, name)
    yield from _counted(project, name, text)


def _measured(name: str, text: str, versions: list[FileFacts]) -> Iterator[str]:
    """The data has something of it."""
    ran = [facts for facts in versions if any(code.hits for code in facts.codes)]
    if any(facts.digest == sources.digest(text) for facts in ran):
        yield f"{name} has coverage: this very text of it ran."
    elif any(facts.text is None for facts in ran):
        yield f"{name} has coverage, but the text that ran is not known: it is taken to be this one."
    else:
        yield (
            f"{name} has coverage of another version: it has changed since it ran. Lines that are the same keep what is"
            " known of them; run the tests again for the others."
        )


def _never_ran(project: Project, data: RecordedData, name: str, *, is_listed: bool) -> Iterator[str]:
    """It is in scope, and nothing ran of it."""
    contexts = len(data.contexts())
    known = f"{project.data_to_read().name} has {len(data.files())} files from {contexts} contexts"
    if is_listed:
        yield f"{name} never ran: it belongs to what is measured, and nothing imported it ({known})."
    else:
        yield (
            f"{name} was never imported by what was run under minicov ({known}). Run a test that imports it; with"
            " `source` set, files that never ran are reported, too."
        )


def _left_out(project: Project, file: Path, name: str) -> Iterator[str]:
    """The settings that keep it from being measured, by the rules of the tracer's scope."""
    config = project.config
    folders, packages = source_of(config, project.root)
    keys = [key for key in ("source", "source_dirs", "source_pkgs") if key in config.origins]
    if folders or packages:
        inside = any(file.is_relative_to(folder) for folder in folders)
        if not inside and not any(_is_of_package(file, package) for package in packages):
            said = ", ".join([*(name_in(folder, project.root) or "." for folder in folders), *packages])
            origin = config.origins[keys[0]] if keys else "source"
            yield f"{name} is not in the source that is measured: {said} ({origin})."
    elif config.run_include:
        include = pattern_of(config, "run_include", project.root)
        if include is not None and not include.match(str(file)):
            yield f"{name} matches none of the patterns to include ({config.origins.get('run_include', 'include')})."
    elif not {*_INSTALLED}.isdisjoint(file.parts) or file.is_relative_to(sysconfig.get_path("stdlib")):
        yield f"{name} is an installed package's or the standard library's: it is measured only if `source` names it."
    omit = pattern_of(config, "run_omit", project.root)
    if omit is not None and omit.match(str(file)):
        yield f"{name} matches a pattern to omit ({config.origins.get('run_omit', 'omit')})."


def _is_of_package(file: Path, package: str) -> bool:
    """Whether a file can be a package's, going by its folders."""
    parts = package.split(".")
    places = [*file.parts[:-1], file.stem]
    return any(places[start : start + len(parts)] == parts for start in range(len(places)))


def _left_out_of_reports(project: Project, file: Path, name: str) -> Iterator[str]:
    origins = project.config.origins
    include, omit = (pattern_of(project.config, each, project.root) for each in ("report_include", "report_omit"))
    if include is not None and not include.match(str(file)):
        origin = origins.get("report_include", "include")
        yield f"Reports leave {name} out: it matches none of their patterns to include ({origin})."
    if omit is not None and omit.match(str(file)):
        origin = origins.get("report_omit", "omit")
        yield f"Reports leave {name} out: it matches a pattern to omit ({origin})."


def _look_alikes(data: RecordedData, file: Path, name: str) -> Iterator[str]:
    """Files of other folders that may be the same: another machine's, a container's."""
    alike = [path for path in data.files() if Path(path).name == file.name and path != name][:_MOST_NAMES]
    if alike:
        yield (
            f"The data has {', '.join(alike)}: if that is the same file elsewhere, say so with `paths` in the"
            " configuration, or the setting minicov.pathMappings."
        )


def _counted(project: Project, name: str, text: str) -> Iterator[str]:
    """Whether there is anything in it to count."""
    try:
        model = project.models.model(text, project.rules, path=name)
    except SourceError as error:
        yield f"This Python can't read it, so it has the picture of what ran: {error}."
        return
    if not model.statements:
        what = "all that is in it is left out by exclusion patterns" if model.excluded else "it has no statement"
        yield f"Nothing in {name} counts: {what}."
