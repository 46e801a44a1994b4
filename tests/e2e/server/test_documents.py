"""Documents that are renamed, moved, huge, odd or no files at all."""

from __future__ import annotations

import pytest

from .test_pictures import edit, run_in_terminal

RENAMES = {"workspace": {"fileOperations": {"didRename": True}}}


def test_what_is_known_of_a_file_goes_with_it(start, project):
    """To its new name, in whichever order the editor tells it; also by its folder."""
    run_in_terminal(project)
    client = start(project)
    made = client.initialize(RENAMES)
    assert made["capabilities"]["workspace"]["fileOperations"]["didRename"]["filters"]
    uri = client.open("signs.py")
    before = client.shown("signs.py", "fresh")
    client.change("signs.py", 2, edit(0, 0, 0, "# moved\n"))
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    text = "# moved\n" + (project / "signs.py").read_text("utf-8")
    (project / "signs.py").rename(project / "marks.py")
    (project / "marks.py").write_text(text, "utf-8")
    client.open("marks.py")
    client.notify("workspace/didRenameFiles", {"files": [{"oldUri": uri, "newUri": client.uri("marks.py")}]})
    told = client.gutters("marks.py")
    assert (told["state"], told["summary"]) == ("stale", before["summary"])
    (project / "package").mkdir()
    (project / "marks.py").rename(project / "package" / "marks.py")
    (project / "package").rename(project / "renamed")
    for old, new in (("marks.py", "package/marks.py"), ("package", "renamed")):
        files = [{"oldUri": client.uri(old), "newUri": client.uri(new)}]
        client.notify("workspace/didRenameFiles", {"files": files})
    client.open("renamed/marks.py")
    assert client.gutters("renamed/marks.py")["summary"] == before["summary"]
    files = [each["uri"] for each in client.request("minicov/files", {})]
    assert client.uri("renamed/marks.py") in files
    assert client.uri("signs.py") not in files


def test_a_file_that_was_moved_on_disk_is_known_by_its_text(client, project):
    """As `git mv` does it; a copy of a file that is still there is another file."""
    run_in_terminal(project)
    client.open("signs.py")
    before = client.shown("signs.py", "fresh")
    (project / "copy.py").write_bytes((project / "signs.py").read_bytes())
    client.open("copy.py")
    assert client.gutters("copy.py")["state"] == "none"
    (project / "signs.py").rename(project / "marks.py")
    client.open("marks.py")
    assert client.shown("marks.py", "fresh")["runs"] == before["runs"]
    files = [each["uri"] for each in client.request("minicov/files", {})]
    assert client.uri("marks.py") in files
    assert client.uri("signs.py") not in files


@pytest.mark.parametrize(
    "uri",
    [
        "untitled:Untitled-1",
        "git:/x/signs.py?%7B%22ref%22%3A%22%22%7D",
        "vscode-vfs://a/s.py",
        "http://[::1",
        "file:///a%00b.py",
        "",
    ],
)
def test_what_is_no_file_has_no_picture(client, uri):
    """Every request is answered, and nothing is pushed."""
    document = {"uri": uri, "languageId": "python", "version": 1, "text": "x = 1\n"}
    client.notify("textDocument/didOpen", {"textDocument": document})
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    assert client.request("minicov/gutters", {"textDocument": {"uri": uri}})["state"] == "none"
    assert client.request("textDocument/hover", place) is None
    assert client.request("textDocument/codeLens", {"textDocument": {"uri": uri}}) is None
    assert client.request("minicov/details", {"textDocument": {"uri": uri}}) is None
    assert client.request("minicov/tests", {"textDocument": {"uri": uri}}) == []
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})
    assert client.request("minicov/files", {}) == []
    assert client.messages() == []
    assert b"Traceback" not in b"".join(client.errors)


def test_a_null_byte_stops_nothing(client, project):
    """The compiler refuses such a text; it is drawn as one that does not parse."""
    run_in_terminal(project)
    client.open("signs.py")
    client.shown("signs.py", "fresh")
    client.change("signs.py", 2, edit(0, 0, 0, "x = '\x00'\n"))
    told = client.gutters("signs.py")
    assert [run[2] for run in told["runs"]][:2] == ["edited", "covered"]
    asked = {"textDocument": {"uri": client.uri("signs.py")}}
    assert len(client.request("textDocument/codeLens", asked)) == 2
    range_ = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}
    client.request("textDocument/codeAction", {**asked, "range": range_, "context": {"diagnostics": []}})


def test_a_document_of_twenty_thousand_lines(client, project):
    """It is drawn, typed in, and drawn again."""
    text = "".join(f"def f{n}(a):\n    if a:\n        return {n}\n    return 2\n\n\n" for n in range(3400))
    (project / "signs.py").write_text(text + "def sign(n):\n    return n > 0\n")
    run_in_terminal(project)
    client.open("signs.py")
    told = client.shown("signs.py", "fresh")
    assert sum(last - first + 1 for first, last, _ in told["runs"]) == 3400 * 4 + 2
    client.change("signs.py", 2, edit(10_000, 0, 0, "# typed\n"))
    assert client.gutters("signs.py")["state"] == "stale"


def test_why_a_file_has_no_coverage_is_told(client, project):
    """To whoever asked, and to the user; a file outside of the workspace is an error with a sentence."""
    run_in_terminal(project)
    (project / "new.py").write_text("x = 1\n")
    (told,) = client.command("minicov.explain", client.uri("new.py"))
    assert told.startswith("new.py was never imported by what was run under minicov")
    assert client.heard("window/showMessage")["message"] == f"minicov: {told}"
    error = client.error(
        "workspace/executeCommand", {"command": "minicov.explain", "arguments": ["untitled:Untitled-1"]}
    )
    assert "not a file of a workspace folder" in error["message"]


def test_what_a_link_leads_to_belongs_to_the_folder_of_the_link(start, project, tmp_path):
    """A source folder that lies elsewhere, in a project that is itself opened through a link."""
    (tmp_path / "elsewhere").mkdir()
    (project / "signs.py").rename(tmp_path / "elsewhere" / "signs.py")
    (project / "src").symlink_to(tmp_path / "elsewhere")
    (project / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["tests"]\n')
    run_in_terminal(project)
    (tmp_path / "link").symlink_to(project)
    client = start(tmp_path / "link")
    client.initialize()
    client.open("src/signs.py")
    assert client.shown("src/signs.py", "fresh")["runs"][0] == [0, 0, "covered"]
