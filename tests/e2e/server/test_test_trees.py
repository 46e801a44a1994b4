"""Trees of tests, as an editor's list of tests asks for them."""

from __future__ import annotations


def test_a_test_that_is_written_to_disk_is_found(client, project):
    """Also where its file is not open, whether or not anything has run or is watched; an older answer is no excuse."""
    (project / "tests" / "test_new.py").write_text("def test_first(): pass\n")
    uri = client.uri("tests/test_new.py")

    def labels(params):
        trees = [tree for tree in client.request("minicov/tests", params) if tree["uri"] == uri]
        return [child["label"] for tree in trees for child in tree["children"]]

    for asked in ({}, {"textDocument": {"uri": uri}}):
        assert labels(asked) == ["test_first"]
    client.finish(client.command("minicov.runAll"))
    (project / "tests" / "test_new.py").write_text("def test_first(): pass\ndef test_second(): pass\n")
    for asked in ({}, {"textDocument": {"uri": uri}}):
        assert labels(asked) == ["test_first", "test_second"]
    assert client.request("minicov/tests", {"textDocument": {"uri": client.uri("tests/test_none.py")}}) == []
