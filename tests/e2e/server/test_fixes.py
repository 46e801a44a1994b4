"""Quick fixes and going to a test, as an editor does them."""

from __future__ import annotations

ABLE = {
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}},
    "window": {"showDocument": {"support": True}},
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}},
}


def test_a_fix_is_offered_on_a_diagnostic_and_a_test_can_be_gone_to(start, project):
    """The edits say which version they are of; the place of a test is asked of the client."""
    client = start(project)
    client.answers["window/showDocument"] = lambda _: {"success": True}
    client.initialize(ABLE)
    uri = client.open("signs.py")
    client.finish(client.command("minicov.runAll"))
    client.gutters("signs.py")
    told = client.told("textDocument/publishDiagnostics")[-1]["diagnostics"]
    (branch,) = [each for each in told if each["code"] == "uncovered-branch"]

    def ask(range_, *diagnostics, only):
        context = {"diagnostics": list(diagnostics), "only": [only]}
        params = {"textDocument": {"uri": uri}, "range": range_, "context": context}
        return client.request("textDocument/codeAction", params)

    sketch, pragma = ask(branch["range"], branch, only="quickfix")
    (change,) = pragma["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    (edit,) = change["edits"]
    assert (edit["range"]["start"], edit["newText"]) == ({"line": 1, "character": 18}, "  # pragma: no branch")
    assert sketch["title"] == "Sketch a test for this in tests/test_signs.py"
    assert "def test_sign_when_number_0():" in sketch["edit"]["documentChanges"][0]["edits"][0]["newText"]
    assert sketch["command"]["command"] == "minicov.goTo"

    line = {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 1}}
    ways = ask(line, only="source.minicov.goToTest")
    assert [each["title"] for each in ways] == ["Go to test_large", "Go to test_positive"]
    assert client.command(ways[1]["command"]["command"], *ways[1]["command"]["arguments"]) is True
    shown = client.heard("window/showDocument")
    assert (shown["uri"], shown["selection"]["start"]["line"]) == (client.uri("tests/test_signs.py"), 5)
