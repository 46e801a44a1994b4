"""workspace/didRenameFiles: what is known of a file goes with it to its new name."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.uris import to_fs_path


def did_rename(ls: MinicovServer, params: types.RenameFilesParams) -> None:
    """Files or folders have another name now."""
    for each in params.files:
        old, new = to_fs_path(each.old_uri), to_fs_path(each.new_uri)
        if old is not None and new is not None:
            # The old name is gone, so only its folder can be looked up.
            was = Path(old)
            ls.state.rename(was.parent.resolve() / was.name, Path(new).resolve())


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    patterns = (("**/*.py", types.FileOperationPatternKind.File), ("**/*", types.FileOperationPatternKind.Folder))
    filters = [
        types.FileOperationFilter(types.FileOperationPattern(glob, matches=kind), scheme="file")
        for glob, kind in patterns
    ]
    options = types.FileOperationRegistrationOptions(filters)
    server.feature(types.WORKSPACE_DID_RENAME_FILES, options)(did_rename)
