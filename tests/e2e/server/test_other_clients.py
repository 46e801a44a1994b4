"""The server as another project's client sees it: pytest-lsp, with the capabilities of real editors."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

DEMO = Path(__file__).resolve().parents[2] / "projects" / "demo"


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "minicov_lsp", "lsp"]),
    params=["neovim", "visual_studio_code", "emacs"],
)
async def client(request, lsp_client: LanguageClient, tmp_path):
    """An initialized session in a copy of the sample project, whose tests have run."""
    folder = tmp_path / "demo"
    shutil.copytree(DEMO, folder)
    run = [sys.executable, "-m", "minicov_lsp", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    await asyncio.to_thread(subprocess.run, run, cwd=folder, check=True, capture_output=True)
    # An editor that says it can register things does; pytest-lsp itself has no answer.
    lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities(request.param),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), "demo")],
            root_uri=folder.as_uri(),
            initialization_options={"minicov": {"python": sys.executable}},
        )
    )
    lsp_client.folder = folder
    yield
    await lsp_client.shutdown_session()


def opened(client, name: str) -> types.TextDocumentIdentifier:
    file = client.folder / name
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(file.as_uri(), "python", 1, file.read_text("utf-8")))
    )
    return types.TextDocumentIdentifier(file.as_uri())


@pytest.mark.asyncio
async def test_what_the_protocol_has_works_as_it_should(client):
    """Diagnostics, hover, code actions and commands, in the classes of the protocol; pytest-lsp checks each message."""
    document = opened(client, "basket.py")
    line = (client.folder / "basket.py").read_text().splitlines().index("    if express:")
    hover = await client.text_document_hover_async(types.HoverParams(document, types.Position(line, 4)))
    assert "partly covered" in hover.contents.value
    if client.capabilities.text_document.diagnostic is not None:
        report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
        diagnostics = report.items
    else:
        diagnostics = client.diagnostics[document.uri]
    codes = {each.code for each in diagnostics}
    assert {"uncovered-branch", "never-run"} <= codes
    assert codes <= {"uncovered-branch", "never-run", "uncovered-condition", "uncovered-region"}
    at = types.Range(types.Position(line, 0), types.Position(line, 4))
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(document, at, types.CodeActionContext([]))
    )
    # lsprotocol's converter takes an action that has a command for a command: only its title is what it was.
    assert "Rerun the 4 tests covering shipping" in [each.title for each in actions]
    answer = await client.workspace_execute_command_async(
        types.ExecuteCommandParams("minicov.runCoveringTests", [document.uri, at])
    )
    token = answer["runId"]
    while not any(isinstance(each, types.WorkDoneProgressEnd) for each in client.progress_reports.get(token, ())):
        await client.wait_for_notification(types.PROGRESS)
    assert client.messages == []
