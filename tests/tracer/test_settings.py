"""Settings reach each process of a run as they were given."""

from __future__ import annotations

import json

from minicov_tracer.settings import Settings


def test_settings_come_back_from_their_text():
    """Whatever is in names of files and labels, the text is JSON, of one line, and means the same settings."""
    odd = 'a "b" \\ \n\t\0 é \U0001f40d \udc80'
    settings = Settings(odd, odd, "run", context=odd, branches=False, source=(odd, ""), omit=(), is_quiet=True)
    text = settings.to_json()
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["source"] == [odd, ""]
    assert json.loads(text)["branches"] is False
    assert Settings.from_json(text) == settings
