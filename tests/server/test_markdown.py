"""Markdown is read back here by a library that isn't ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from minicov_lsp.server.markdown import code, escaped, plain, table

TEXTS = st.text(st.sampled_from("ab`*_[]()<>!|\\\\#&:/.-~ \n\x00\u2028é"), min_size=1, max_size=20)
READER = MarkdownIt("commonmark").enable("table")


def shown(markdown: str) -> tuple[str, set[str]]:
    """What a reader shows as text, and the kinds of all that is in it."""
    text, kinds = [], set()
    waiting = READER.parse(markdown)
    while waiting:
        token = waiting.pop(0)
        kinds.add(token.type)
        text += [token.content] if token.type in {"text", "code_inline", "html_inline", "html_block"} else []
        waiting = (token.children or []) + waiting
    return "".join(text), kinds


def on_one_line(text: str) -> str:
    return " ".join("".join(" " if c in "\n\x00\u2028" else c for c in text).split())


@given(TEXTS)
def test_any_text_stays_text(text):
    """Nothing of it is a link, an image, HTML, a heading or a list."""
    read, kinds = shown("x " + escaped(text) + " y")
    assert on_one_line(read) == on_one_line(f"x {text} y")
    assert kinds <= {"paragraph_open", "inline", "text", "text_special", "paragraph_close"}


@given(TEXTS)
def test_any_text_can_be_code(text):
    """With any number of backticks."""
    read, kinds = shown("x " + code(text) + " y")
    assert on_one_line(read) == on_one_line(f"x {text} y")
    assert "code_inline" in kinds
    assert kinds.isdisjoint({"html_inline", "link_open"})


@given(st.lists(TEXTS.filter(lambda text: "\\" not in text), min_size=2, max_size=3))
def test_a_cell_can_hold_any_text(texts):
    """A bar in it ends no cell."""
    read, kinds = shown(table(["a"] * len(texts), [[code(text) for text in texts]]))
    assert "td_open" in kinds
    assert on_one_line(read).replace(" ", "") == "a" * len(texts) + on_one_line("".join(texts)).replace(" ", "")


@pytest.mark.parametrize("text", ["a[b](c)", "__init__", "x `y` z", "1 < 2 | 3"])
def test_a_client_without_markdown_sees_the_text(text):
    """Without what was put there to protect it."""
    assert plain(f"**{escaped(text)}** {code(text)}") == f"{text} {text}"
