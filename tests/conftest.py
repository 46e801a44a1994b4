"""What all tests share: nothing that they do reaches the user's own folders."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The way to make golden files anew, to be looked at as a diff."""
    parser.addoption("--write-golden", action="store_true", help="write the files in tests/golden anew")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    """Analyses are kept in a folder of the test run's, also those of the processes that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("MINICOV_CACHE_DIR", str(tmp_path_factory.mktemp("models")))
        yield
