"""A file of more-itertools in a Neovim without a screen, with the real server and real runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.editor

CHUNKED = "def chunked(iterable, n, strict=False):"
BEFORE = {
    CHUNKED: "covered",
    "if n is not None and n < 0:": "partial",
    "raise ValueError('n must be at least 0')": "missed",
    "iterator = iter(partial(take, n, iter(iterable)), [])": "covered",
    "if strict:": "partial",
    "if n is None:": "missed",
    "raise ValueError('n must not be None when using strict mode.')": "missed",
    "def ret():": "missed",
    "for chunk in iterator:": "missed",
    "if len(chunk) != n:": "missed",
    "raise ValueError('iterable is not divisible by n.')": "missed",
    "yield chunk": "missed",
    "return ret()": "missed",
    "return iterator": "covered",
}
"""What test_even alone shows of chunked(): it never asks for `strict`."""
AFTER = BEFORE | {
    "if strict:": "covered",
    "if n is None:": "partial",
    "def ret():": "covered",
    "for chunk in iterator:": "partial",  # it never came to its end: the last chunk is too short
    "if len(chunk) != n:": "covered",
    "raise ValueError('iterable is not divisible by n.')": "covered",
    "yield chunk": "covered",
    "return ret()": "covered",
}
"""The same with one more assertion in test_even, with `strict`."""
FLOAT_TEXT = """
for _, window in ipairs(vim.api.nvim_list_wins()) do
  if vim.api.nvim_win_get_config(window).relative ~= "" then
    return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\\n")
  end
end
return ""
"""
LAST_OF_TEST = "list(mi.chunked('ABCDEF', 3)), [['A', 'B', 'C'], ['D', 'E', 'F']]"
ASSERTION = "        self.assertRaises(ValueError, list, mi.chunked('ABCDE', 3, strict=True))"


def test_rerun_covering_tests_turns_missed_into_covered(more_editor):
    """The code action on a function reruns the test that covers it; what the test now reaches becomes covered."""
    editor = more_editor
    editor.until_function_signs(CHUNKED, BEFORE)
    editor.command("edit tests/test_more.py")
    after = editor.line(LAST_OF_TEST) + 1
    editor.call("nvim_buf_set_lines", 0, after, after, True, [ASSERTION])
    editor.command("write | edit #")
    editor.go_to(CHUNKED)
    editor.lua("""
        vim.lsp.buf.code_action({
          apply = true,
          filter = function(action) return action.title == "Rerun the test covering chunked" end,
        })
    """)
    editor.until_function_signs(CHUNKED, AFTER)
    run = editor.finished_run()
    assert (run["outcome"], run["counts"]["passed"]) == ("passed", 1)


def test_figures_are_the_reports(more_editor, more_itertools, environment):
    """The summary's and the status line's figures are those of `minicov json`."""
    editor = more_editor
    editor.until_function_signs(CHUNKED, BEFORE)
    report = more_itertools / "report.json"
    minicov = Path(sys.executable).with_name("minicov")
    subprocess.run([minicov, "json", "-q", "-o", report], cwd=more_itertools, env=environment, check=True)
    summary = json.loads(report.read_text("utf-8"))["files"]["more_itertools/more.py"]["summary"]
    shown = editor.lua("return require('minicov').picture().summary")
    assert shown["statements"] == [summary["covered_lines"], summary["num_statements"]]
    assert shown["branches"] == [summary["covered_branches"], summary["num_branches"]]
    percent = summary["percent_statements_covered_display"]
    assert editor.lua("return require('minicov').statusline()").startswith(
        f"{percent}%% B{summary['covered_branches']}/"
    )
    editor.command("Minicov summary")
    assert f"{summary['covered_lines']} of {summary['num_statements']}" in editor.until(FLOAT_TEXT, bool)
