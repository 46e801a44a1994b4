"""What the tracer is told for a run that the editor asked for."""

from __future__ import annotations

from minicov_lsp.project import Project, source_of
from minicov_tracer.settings import Settings


def settings_for(project: Project, run_id: str, *, conditions: bool) -> Settings:
    """Measure as the project is configured; what a test shows now replaces what it showed before.

    Raises ConfigError.
    """
    config = project.config
    folders, packages = source_of(config, project.root)
    return Settings(
        data_file=str(project.data_file),
        root=str(project.root),
        run_id=run_id,
        contexts="test",
        branches=config.branch,
        conditions=config.conditions and conditions,
        counts=config.counts,
        source=tuple(map(str, folders)),
        source_packages=packages,
        include=config.run_include,
        omit=config.run_omit,
        core=config.core,
        replaces=True,
    )
