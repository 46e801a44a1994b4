"""Code lenses and inlay hints, as an editor asks for them."""

from __future__ import annotations

import sys

import pytest

REFRESHES = {
    "workspace": {"codeLens": {"refreshSupport": True}, "inlayHint": {"refreshSupport": True}, "configuration": True}
}
ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}


def test_lenses_are_resolved_and_run_and_asked_for_again(start, project):
    """A test's lens runs it; then the client is told to ask again, and hears the outcome and the coverage."""
    client = start(project)
    made = client.initialize(REFRESHES)
    assert made["capabilities"]["codeLensProvider"]["resolveProvider"] is True
    client.open("signs.py")
    uri = client.open("tests/test_signs.py")
    lenses = client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert [(lens["range"]["start"]["line"], lens["command"]["title"]) for lens in lenses] == [
        (5, "Run"),
        (9, "Run 1 test"),
        (10, "Run"),
    ]
    run = lenses[0]["command"]
    client.finish(client.command(run["command"], *run["arguments"]))
    client.heard("workspace/codeLens/refresh")
    lenses = client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert lenses[0]["command"]["title"] == "Run · 2 passed"
    lenses = client.request("textDocument/codeLens", {"textDocument": {"uri": client.uri("signs.py")}})
    assert [lens.get("command") for lens in lenses] == [None, None]
    titles = [client.request("codeLens/resolve", lens)["command"]["title"] for lens in lenses]
    assert titles == ["67% covered · complexity 2 · 2 tests", "never called · complexity 1 · 0 tests"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no core sees jumps")
def test_hints_are_off_until_they_are_wanted(start, project):
    """Then the client is told to ask again."""
    (project / "signs.py").write_text("def sign(number):\n    return number and 1 or number\n")
    client = start(project)
    settings: dict[str, object] = {}
    client.answers["workspace/configuration"] = lambda params: [settings for _ in params["items"]]
    client.initialize(REFRESHES)
    uri = client.open("signs.py")
    client.finish(client.command("minicov.runAll"))
    ask = {"textDocument": {"uri": uri}, "range": ALL}
    assert client.request("textDocument/inlayHint", ask) == []
    settings = {"inlayHints": True}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    (hint,) = client.asked_again(
        "workspace/inlayHint/refresh", lambda: client.request("textDocument/inlayHint", ask), bool
    )
    assert (hint["label"], hint["position"]) == ("never evaluated", {"line": 1, "character": 33})
