"""workspace/executeCommand: everything that starts or ends a run of tests."""

from __future__ import annotations

from urllib.parse import unquote

from pygls.exceptions import JsonRpcInvalidParams

from minicov_lsp.errors import RunError
from minicov_lsp.runs.selection import file_of
from minicov_lsp.server.features import test_runs
from minicov_lsp.server.features.covering_tests import covering_tests
from minicov_lsp.server.folder import Folder, Selection
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import arguments, as_range, as_text, as_texts, path_of
from minicov_lsp.server.positions import lines_of

_Answer = dict[str, str]


async def run_test(ls: MinicovServer, *given: object) -> _Answer:
    """minicov.runTest [ids, folder?]: run these tests."""
    ids, folder_uri = arguments(given, 1, 2)
    tests = as_texts(ids, "testIds")
    if not tests:
        raise JsonRpcInvalidParams("testIds is empty; minicov.runAll runs all tests")
    return await _start(ls, folder_named(ls, folder_uri, tests), tests, label_of(tests))


async def run_covering_tests(ls: MinicovServer, *given: object) -> _Answer:
    """minicov.runCoveringTests [uri, range]: run the tests that ran these lines before."""
    uri, range_ = arguments(given, 2, 2)
    first, last = lines_of(as_range(range_))
    snapshot = await ls.state.snapshot(as_text(uri, "uri"))
    folder = ls.state.folder_of(snapshot.path) if snapshot is not None else None
    if snapshot is None or folder is None:
        raise RunError(f"{uri}: not open, or not in a workspace folder")
    tests = covering_tests(snapshot, first, last)
    if not tests:
        raise RunError(f"{snapshot.relative}:{first}: no test is known to run these lines; run all tests once")
    return await _start(ls, folder, tests, f"{label_of(tests)} covering {snapshot.relative}:{first}")


async def run_file(ls: MinicovServer, *given: object) -> _Answer:
    """minicov.runFile [uri]: run a file's tests; of a file without tests, those that ran any of it before."""
    uri = as_text(arguments(given, 1, 1)[0], "uri")
    path = path_of(uri)
    folder = ls.state.folder_of(path) if path is not None else None
    if path is None or folder is None:
        raise RunError(f"{uri}: not in a workspace folder")
    relative = folder.relative(path)
    if folder.opened.conventions.is_test_file(relative):
        return await _start(ls, folder, (relative,), relative)
    snapshot = await ls.state.snapshot(uri)
    tests = covering_tests(snapshot, 1, len(snapshot.lines)) if snapshot is not None else ()
    if not tests:
        raise RunError(f"{relative}: no test is known to run it; run all tests once")
    return await _start(ls, folder, tests, f"{label_of(tests)} covering {relative}")


async def run_all(ls: MinicovServer, *given: object) -> _Answer:
    """minicov.runAll [folder?]: run everything that pytest finds."""
    return await _start(ls, folder_named(ls, arguments(given, 0, 1)[0]), (), "all tests")


async def rerun_last(ls: MinicovServer, *given: object) -> _Answer:
    """minicov.rerunLast [folder?]: repeat the last selection."""
    folder = folder_named(ls, arguments(given, 0, 1)[0])
    if folder.last is None:
        raise RunError("nothing was run yet in this window")
    return {"runId": await test_runs.start(ls, folder, folder.last)}


async def rerun_failed(ls: MinicovServer, *given: object) -> _Answer:
    """minicov.rerunFailed [folder?]: run the tests that fail now."""
    folder = folder_named(ls, arguments(given, 0, 1)[0])
    tests = tuple(folder.failed_tests())
    if not tests:
        raise RunError("no test is known to fail")
    return await _start(ls, folder, tests, f"{len(tests)} failed test{'s' if len(tests) > 1 else ''}")


async def cancel(ls: MinicovServer, *given: object) -> bool:
    """minicov.cancel [runId]: end a run, or take it from the queue; whether there was one."""
    run_id = as_text(arguments(given, 1, 1)[0], "runId")
    return any(folder.runs.cancel(run_id) for folder in ls.state.folders.values())


async def _start(ls: MinicovServer, folder: Folder, tests: tuple[str, ...], label: str) -> _Answer:
    return {"runId": await test_runs.start(ls, folder, Selection(tests, label))}


def label_of(tests: tuple[str, ...]) -> str:
    """Some tests, in words."""
    return tests[0].rpartition("::")[2] if len(tests) == 1 else f"{len(tests)} tests"


def folder_named(ls: MinicovServer, uri: object, tests: tuple[str, ...] = ()) -> Folder:
    """The folder that is meant: the one that is named, the one that has the tests, or the only one."""
    folders = list(ls.state.folders.values())
    if uri is not None:
        named = ls.state.folders.get(unquote(as_text(uri, "folder")))
        if named is None:
            raise JsonRpcInvalidParams(f"{uri} is not a folder of this workspace")
        return named
    if not folders:
        raise RunError("no folder is open")
    having = [folder for folder in folders if tests and (folder.path / file_of(tests[0])).exists()]
    if len(folders) > 1 and len(having) != 1:
        last = [folder for folder in folders if folder.last is not None]
        if tests or len(last) != 1:
            raise JsonRpcInvalidParams("several folders are open: name one by its URI")
        return last[0]
    return having[0] if having else folders[0]


COMMANDS = {
    "minicov.runTest": run_test,
    "minicov.runCoveringTests": run_covering_tests,
    "minicov.runFile": run_file,
    "minicov.runAll": run_all,
    "minicov.rerunLast": rerun_last,
    "minicov.rerunFailed": rerun_failed,
    "minicov.cancel": cancel,
}


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    for name, handler in COMMANDS.items():
        server.command(name)(handler)
