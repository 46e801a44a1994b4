"""The workspace at its end."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from minicov_lsp.documents.texts import HERE
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
