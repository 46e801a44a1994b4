"""A scripted editor: opens a sample project, picks the code action that runs its tests, and prints the gutter.

Everything shown comes from `minicov-lsp` over the language server protocol, as it would in an editor.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from language_client import LanguageClient, language_server
from picture import draw, legend, summarize
from rich.console import Console

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "tests" / "projects" / "demo"
PATIENCE = 120
"""Seconds after which something must be wrong."""

EDITORS = """\
Now in your editor, on the same file:
  Neovim   PATH="{folder_of_server}:$PATH" nvim --cmd 'set rtp^={plugin} | lua require("minicov").setup()' {source}
  VS Code  (cd editors/vscode && npm ci && npm run package && code --install-extension minicov.vsix) && code .
  others   start {server} for Python files: it speaks LSP on its standard input and output\
"""
"""Relative paths are from the repository, where `make demo` runs."""


def document(path: Path) -> dict[str, Any]:
    """The file as an editor that opens it tells the server."""
    return {
        "textDocument": {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": path.read_text("utf-8")}
    }


def initialization(folder: Path) -> dict[str, Any]:
    """What this client can do, and that it wants to be told of gutters and test runs."""
    return {
        "processId": os.getpid(),
        "rootUri": folder.as_uri(),
        "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
        "capabilities": {
            "textDocument": {
                "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["source", "quickfix"]}}}
            },
            "window": {"workDoneProgress": True},
        },
        "initializationOptions": {"minicov": {"gutters": True, "testRuns": True}},
    }


async def run_tests(client: LanguageClient, tests: Path, console: Console) -> None:
    """Pick the code action on the test file's first line to its last, and follow the run to its end."""
    uri = {"uri": tests.as_uri()}
    everything = {
        "start": {"line": 0, "character": 0},
        "end": {"line": tests.read_text("utf-8").count("\n"), "character": 0},
    }
    actions = await client.request(
        "textDocument/codeAction",
        {"textDocument": uri, "range": everything, "context": {"diagnostics": [], "only": ["source.minicov.runTest"]}},
    )
    if not actions:
        raise RuntimeError(f"the server offers no action that runs the tests of {tests.name}")
    action = actions[0]
    console.print(f"\n[bold]{tests.name}[/] · picked the code action [bold]{action['title']}[/]")
    await client.request(
        "workspace/executeCommand",
        {"command": action["command"]["command"], "arguments": action["command"].get("arguments")},
    )
    position, event = 0, {"event": "started"}
    while event["event"] != "finished":
        position, event = await client.wait_for("minicov/testRun", lambda params: True, position)
        if event["event"] == "test":
            sign = "[green]✓[/]" if event["outcome"] == "passed" else "[red]✗[/]"
            console.print(f"  {sign} {event['id'].partition('::')[2]}", highlight=False)
    if event["outcome"] != "passed":
        raise RuntimeError(f"the sample project's tests did not pass: {event}")


async def session(client: LanguageClient, folder: Path, console: Console) -> None:
    """Open the sample's files, run its tests, show what its source looks like then."""
    source, tests = folder / "basket.py", folder / "tests" / "test_basket.py"
    await client.request("initialize", initialization(folder))
    client.notify("initialized", {})
    for path in (source, tests):
        client.notify("textDocument/didOpen", document(path))

    def shows_source(state: str) -> Callable[[Any], bool]:
        return lambda params: params["uri"] == source.as_uri() and params["state"] == state

    position, _ = await client.wait_for("minicov/gutters", shows_source("none"))
    console.print(f"[bold]{source.name}[/] · opened; no coverage yet")
    await run_tests(client, tests, console)
    _, gutters = await client.wait_for("minicov/gutters", shows_source("fresh"), position)
    console.print(f"\n[bold]{source.name}[/] · as the gutter shows it now\n")
    console.print(draw(source.read_text("utf-8").rstrip("\n"), gutters), soft_wrap=True, end="")
    console.print()
    console.print(legend(), end="\n\n")
    console.print(summarize(gutters["summary"]), highlight=False)


async def show(folder: Path, console: Console) -> None:
    """Hold the session with a server of its own, in at most PATIENCE seconds."""
    command = [sys.executable, "-m", "minicov_lsp", "lsp"]
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    async with asyncio.timeout(PATIENCE), language_server(command, folder, environment) as client:
        await session(client, folder, console)
        await client.shut_down()


def advice(folder: Path) -> str:
    """How to connect each editor, with paths that are short where they can be."""

    def shorten(path: Path) -> str:
        return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)

    server = Path(sys.executable).with_name("minicov-lsp")
    inside = server.is_relative_to(REPOSITORY)
    return EDITORS.format(
        folder_of_server=f"$PWD/{shorten(server.parent)}" if inside else server.parent,
        plugin=shorten(REPOSITORY / "editors" / "neovim"),
        source=shorten(folder / "basket.py"),
        server=shorten(server),
    )


def main() -> int:
    """Copy the sample, hold the session, say how to go on; the exit status."""
    parser = argparse.ArgumentParser(prog="docs/demo", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=REPOSITORY / ".cache" / "demo", help="where the copy goes (emptied first)"
    )
    folder = parser.parse_args().folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    console = Console()
    try:
        asyncio.run(show(folder, console))
    except (RuntimeError, OSError, TimeoutError) as error:
        print(f"demo: {error or f'the server did not answer within {PATIENCE} seconds'}", file=sys.stderr)
        return 1
    console.print(f"\n{advice(folder)}", highlight=False, markup=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
