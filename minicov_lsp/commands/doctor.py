"""`minicov doctor`: what minicov would do here, and who says so; of a file, why it has no coverage."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from minicov_lsp.commands.command import project_for
from minicov_lsp.commands.merging import files
from minicov_lsp.config import Config
from minicov_lsp.errors import MinicovError
from minicov_lsp.explaining import explain
from minicov_lsp.project import Project
from minicov_lsp.runs.interpreter import choose_interpreter
from minicov_lsp.store.partials import find_partials
from minicov_tracer import cores
from minicov_tracer.version import VERSION

_ABOUT_THE_CONFIG = ("editor", "files", "origins", "warnings")
"""Fields of Config that are not settings."""


class Doctor:
    """Tells the core in use, the data file, where each value of the configuration is from, and the editors' view."""

    name = "doctor"
    help = "tell the core in use, the data file and where each setting comes from; why files have no coverage"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Only files, if any."""
        parser.add_argument("files", nargs="*", metavar="FILE", help="tell why this file has no coverage, or has it")

    def run(self, options: argparse.Namespace) -> int:
        """Tell it on standard output."""
        project = project_for(options)
        if options.files:
            for name in options.files:
                sys.stdout.writelines(f"{line}\n" for line in explain(project, Path(name).resolve()))
            return 0
        sys.stdout.writelines(f"{line}\n" for line in _report(project))
        return 0


def _report(project: Project) -> Iterator[str]:
    yield f"minicov        {VERSION}"
    yield f"python         {platform.python_version()} ({sys.executable})"
    yield f"core           {_core(project.config.core)}"
    yield f"project        {project.root}"
    yield f"data file      {_data_file(project)}"
    yield f"configuration  {', '.join(project.config.files) or 'defaults: no file says anything'}"
    yield from _settings(project.config)
    yield "editors"
    yield from _editors(project)


def _core(wanted: str) -> str:
    """The core that a run would use in this interpreter."""
    try:
        tracer = cores.choose(wanted, lambda code: False)
    except LookupError as error:
        return str(error.args[0])
    return f"{tracer.core.name}: {tracer.warning}" if tracer.warning else tracer.core.name


def _data_file(project: Project) -> str:
    partials = find_partials(project.data_file)
    unmerged = f"; {files(len(partials))} beside it, to be merged" if partials else ""
    path = project.data_to_read()
    if not path.exists():
        return f"{path}: not there yet{unmerged}"
    try:
        with project.open_data() as data:
            known = f"{len(data.files())} files, {len(data.contexts())} contexts"
    except MinicovError as error:
        return f"{error}{unmerged}"
    whose = "" if path == project.data_file else f"; coverage.py's own, read until there is a {project.data_file.name}"
    return f"{path}: {known}{whose}{unmerged}"


def _settings(config: Config) -> Iterator[str]:
    """A line for each setting: its value and who set it."""
    names = [name for name in Config._fields if name not in _ABOUT_THE_CONFIG]
    for name in names:
        if name == "paths":
            for key, value in config.paths.items():
                yield _line(f"paths.{key}", value, str(config.origins.get(f"paths.{key}", "default")))
        else:
            yield _line(name, getattr(config, name), str(config.origins.get(name, "default")))


def _editors(project: Project) -> Iterator[str]:
    """What the language server would start from, before the editor's own settings."""
    python = project.config.editor.get("python", "")
    try:
        interpreter = choose_interpreter(project.root, python if isinstance(python, str) else "", os.environ)
        yield _line("interpreter for runs", str(interpreter.path), interpreter.origin)
    except MinicovError as error:
        yield f"  {error}"
    for name, value in project.config.editor.items():
        yield _line(name, value, str(project.config.origins.get(f"editor.{name}", "")))


def _line(name: str, value: object, origin: str) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return f"  {name:<28} {shown}  ({origin})" if origin else f"  {name:<28} {shown}"
