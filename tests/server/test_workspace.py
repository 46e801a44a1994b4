"""The workspace at its end, and what it keeps until then."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor

from lsprotocol import types

from minicov_lsp.documents.incremental import Painter
from minicov_lsp.documents.texts import HERE
from minicov_lsp.server.document import Document
from minicov_lsp.server.workspace import SECOND_LOOK, Workspace


def test_a_look_at_data_ends_with_the_workspace(tmp_path, caplog):
    """Threads that are gone are asked for nothing, so nobody is told that they were."""
    (tmp_path / ".coverage.db").write_bytes(b"no database\n" * 100)

    async def close_meanwhile():
        executor = ThreadPoolExecutor(1)
        workspace = Workspace(executor, lambda message: None, HERE)
        workspace.open_folder(tmp_path.as_uri(), "folder")
        (folder,) = workspace.folders.values()
        workspace.refresh(folder)
        await asyncio.sleep(SECOND_LOOK / 2)  # damage was seen once
        await workspace.close(1)
        executor.shutdown(wait=False, cancel_futures=True)
        workspace.refresh(folder)
        await asyncio.sleep(2 * SECOND_LOOK)

    asyncio.run(close_meanwhile())
    assert [record.getMessage() for record in caplog.records] == []


def test_of_closed_documents_nothing_is_kept(tmp_path):
    """However many were opened, painted and edited: neither they nor what paints them."""

    def kept():
        gc.collect()
        return sum(isinstance(each, Document | Painter) for each in gc.get_objects())

    async def open_and_close():
        executor = ThreadPoolExecutor(1)
        workspace = Workspace(executor, lambda message: None, HERE)
        workspace.open_folder(tmp_path.as_uri(), "folder")
        counts = []
        for number in range(20):
            uri = (tmp_path / f"m{number}.py").as_uri()
            workspace.open_document(uri, "x = 1\n", 1)
            await workspace.snapshot(uri)
            workspace.change_document(uri, 2, [types.TextDocumentContentChangeWholeDocument("x = 2\n")])
            await workspace.snapshot(uri)
            workspace.close_document(uri)
            await asyncio.sleep(0)
            counts.append(kept())
        await workspace.close(1)
        executor.shutdown()
        return counts

    counts = asyncio.run(open_and_close())
    assert counts[-1] <= counts[2]
