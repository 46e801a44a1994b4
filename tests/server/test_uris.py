"""Which file a client's URI stands for."""

import pytest

from minicov_lsp.server.uris import to_fs_path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/%C3%A9.py", "/a b/é.py"),
        ("file://localhost/a/b.py", "/a/b.py"),
        ("FILE://LOCALHOST/a/b.py", "/a/b.py"),
        ("file:///a/localhost/b.py", "/a/localhost/b.py"),
        ("untitled:Untitled-1", None),
        ("git:/a/b.py?HEAD", None),
        ("http://[::1", None),
        ("file:///a%00b", None),
        ("", None),
    ],
)
def test_the_file_of_a_uri(uri, path):
    """A path for what is a file of this machine, None for everything else."""
    assert to_fs_path(uri) == path
