"""What the tracer is told of a run, whoever asked for it."""

from __future__ import annotations

import os
from typing import Literal

from minicov_lsp.config import Config
from minicov_lsp.project import Project, pattern_of, source_of
from minicov_tracer.settings import Settings


def settings_for(project: Project) -> Settings:
    """Measure as the project is configured, as a run of its own. Raises ConfigError."""
    config = project.config
    for name in ("run_include", "run_omit"):
        pattern_of(config, name, project.root)  # a mistake is told here, not in the program's processes
    folders, packages = source_of(config, project.root)
    return Settings(
        data_file=str(project.data_file),
        root=str(project.root),
        run_id=os.urandom(16).hex(),
        contexts=_contexts(config),
        context=config.context,
        branches=config.branch,
        conditions=config.conditions,
        counts=config.counts,
        source=tuple(map(str, folders)),
        source_packages=packages,
        include=config.run_include,
        omit=config.run_omit,
        core=config.core,
        subprocesses=config.subprocesses,
    )


def adding_settings_for(project: Project) -> Settings:
    """The same for tests whose facts are added to what is known: what a test shows now replaces what it showed before.

    Each test is a context, under its bare name: labels are for runs that are told apart. Raises ConfigError.
    """
    return settings_for(project).replaced(contexts="test", context="", replaces=True)


def _contexts(config: Config) -> Literal["test", "test_function", "none"]:
    """What is a context: `contexts` if anybody set it, else what coverage.py's own `dynamic_context` asks for."""
    if config.dynamic_context == "test_function" and "contexts" not in config.origins:
        return "test_function"
    return config.contexts
