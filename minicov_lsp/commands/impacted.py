"""`minicov impacted`: the tests that a change can affect, listed or run."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from minicov_lsp.commands.command import UsageError, note, project_for, warn
from minicov_lsp.commands.merging import begin_with_what_is_read, merge, merge_unmerged
from minicov_lsp.errors import MinicovError
from minicov_lsp.git import HEAD
from minicov_lsp.project import Project
from minicov_lsp.runs.conventions import read_conventions
from minicov_lsp.runs.impacted import Impact
from minicov_lsp.runs.interpreter import activated, choose_interpreter
from minicov_lsp.runs.measuring import adding_settings_for
from minicov_lsp.runs.program import end_like, run_in_foreground
from minicov_lsp.runs.runners import Plan, pytest_command, unittest_command, unittest_tests
from minicov_lsp.runs.test_index import TestIndex
from minicov_lsp.runs.working_tree import impact_since, listed
from minicov_lsp.store.partials import find_partials, gather_partials
from minicov_tracer.launch import environment


class Impacted:
    """Chooses by what each test ran, function by function."""

    name = "impacted"
    help = "list the tests that a change can affect, or run them"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what the change is, and what to do."""
        parser.add_argument(
            "--since", metavar="REF", default=HEAD, help="the commit, branch or tag to compare the files with (HEAD)"
        )
        parser.add_argument("--run", action="store_true", dest="runs", help="run them, and merge what they show")
        parser.add_argument("--python", metavar="EXE", help="with --run: run them in this interpreter")

    def run(self, options: argparse.Namespace) -> int:
        """List them one a line, or run them: the status is pytest's then."""
        if options.python and not options.runs:
            raise UsageError("--python: nothing is run without --run")
        project = project_for(options)
        merge_unmerged(options, project)
        conventions = read_conventions(project.root)
        impact = impact_since(project, conventions, options.since)
        index = TestIndex(project.root, conventions)
        tests = listed(impact, project, index)
        _explain(options, impact, tests)
        if options.runs:
            return _run(options, project, impact, index) if tests else 0
        sys.stdout.writelines(f"{test}\n" for test in tests)
        return 0


def _explain(options: argparse.Namespace, impact: Impact, tests: tuple[str, ...]) -> None:
    """Say what the list alone doesn't."""
    if impact.everything:
        note(options, f"{impact.everything} has changed, which any test may depend on: all {len(tests)} tests")
    elif not tests:
        note(options, f"no test is affected by what has changed since {options.since}")
    if impact.unknown:
        note(options, f"changed, but no test is known to run it: {', '.join(impact.unknown)}")


def _run(options: argparse.Namespace, project: Project, impact: Impact, index: TestIndex) -> int:
    """Run them in the foreground and merge; what a test shows replaces what it showed before."""
    python = _interpreter(options, project)
    settings = adding_settings_for(project).replaced(is_quiet=options.quiet)
    surroundings = activated(python, os.environ)
    plan = Plan(project.root, python, impact.tests, (), settings, surroundings, index.unittest_files)
    before = set(find_partials(project.data_file))
    with tempfile.TemporaryDirectory(prefix="minicov-") as scratch:
        if _has_pytest(plan):
            command = pytest_command(plan, plan.tests, Path(scratch))
        else:
            command = unittest_command(plan, unittest_tests(plan, plan.tests))
        status = run_in_foreground(command, environment(settings, plan.environment))
    try:
        begin_with_what_is_read(project)
        merge(
            options,
            project,
            [path for path in gather_partials(project.data_file, warn) if path not in before],
            append=True,
        )
    except MinicovError as error:  # what the tests left is still in their partial files
        warn(str(error))
        status = status or 1
    return end_like(status)


def _has_pytest(plan: Plan) -> bool:
    """Whether the interpreter has it; one that can't be started is told of when the tests are."""
    if plan.python == Path(sys.executable):
        return find_spec("pytest") is not None
    asking = "import importlib.util as found; raise SystemExit(9 * (found.find_spec('pytest') is None))"
    try:
        command = [str(plan.python), "-c", asking]
        asked = subprocess.run(command, check=False, env=dict(plan.environment), capture_output=True)  # noqa: S603  # the user's own interpreter
    except OSError:
        return True
    return asked.returncode != 9


def _interpreter(options: argparse.Namespace, project: Project) -> Path:
    """The one that is asked for, else our own where pytest is there, as `minicov run` does, else the project's."""
    setting = options.python or project.config.editor.get("python", "")
    if not setting and find_spec("pytest") is not None:
        return Path(sys.executable)
    return choose_interpreter(project.root, setting if isinstance(setting, str) else "", os.environ).path
