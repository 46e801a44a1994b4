"""The figures of a workspace's files, where something else happens while they are asked for."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from minicov_lsp.documents.texts import HERE
from minicov_lsp.server.features import files
from minicov_lsp.server.workspace import Workspace


class Changing(Workspace):
    """Reads its folder from elsewhere right after the data was looked at, as when its settings change."""

    is_changed = False

    async def look(self, folder):
        await super().look(folder)
        if not self.is_changed:
            self.is_changed = True
            self.reopen(folder)


def test_no_file_is_left_out_of_an_answer_when_settings_change(tmp_path):
    """A folder that is read anew has no files until it was looked at."""
    (tmp_path / "m.py").write_text("x = 1\n")
    subprocess.run([sys.executable, "-m", "minicov_lsp", "run", "m.py"], cwd=tmp_path, check=True, timeout=120)

    async def ask():
        with ThreadPoolExecutor(2) as executor:
            workspace = Changing(executor, print, HERE)
            workspace.open_folder(tmp_path.as_uri(), "folder")
            answer = await files.request(SimpleNamespace(state=workspace, executor=executor, wishes=None), {})
            await workspace.close(1)
            return answer

    (told,) = json.loads(asyncio.run(ask()).text)
    assert told["uri"].endswith("/m.py")
