"""When the client's settings count."""

from __future__ import annotations

import time


def test_a_run_waits_for_the_settings_that_were_asked_for(start, project):
    """A client may be slow to answer, and a user quick to run: then the run still has the user's settings."""
    client = start(project)

    def answer(params):
        time.sleep(1)
        return [{"testArgs": ["-k", "test_large"]} for _ in params["items"]]

    client.answers["workspace/configuration"] = answer
    client.initialize({"workspace": {"configuration": True}})
    told = client.finish(client.command("minicov.runAll"))
    assert [each["id"] for each in told if each["event"] == "test"] == ["tests/test_signs.py::TestMore::test_large"]
