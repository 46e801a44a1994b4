"""The plugin and the real server together, on the small sample project."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.editor

SHIPPING = "def shipping(total, country, express=False):"
LARGE = 'if total >= 4000 and country == "NL":'
BEFORE = {
    SHIPPING: "covered",
    LARGE: "partial",
    "return 0": "missed",
    "if express:": "partial",
    "cost += 1000": "missed",
    "return cost": "covered",
}
"""What the test of a small basket that stays in the country shows of shipping()."""
AFTER = {"return 0": "covered", "if express:": "partial", "cost += 1000": "missed"}
"""The same with a large basket in the test."""
LAST_OF_TEST = 'assert to_pay([TEA], "NL") == 450 + 490'
ASSERTION = '    assert to_pay([KETTLE], "NL") == 5900'
WRONG_ASSERTION = '    assert to_pay([KETTLE], "NL") == 0'

FAILURES = """
return vim.iter(vim.diagnostic.get(0)):filter(function(it) return it.code == "test-failed" end):totable()
"""
FLOAT_TEXT = """
for _, window in ipairs(vim.api.nvim_list_wins()) do
  if vim.api.nvim_win_get_config(window).relative ~= "" then
    return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\\n")
  end
end
return ""
"""
DIAGNOSTIC_SIGNS = """
local texts = {}
for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, -1, 0, -1, { details = true, type = "sign" })) do
  if mark[4].sign_hl_group:find("^Diagnostic") then
    table.insert(texts, mark[4].sign_text)
  end
end
return texts
"""


def extend_test(editor, assertion):
    """Put an assertion at the test's end, write the file, and go back."""
    editor.command("edit tests/test_basket.py")
    after = editor.line(LAST_OF_TEST)
    editor.call("nvim_buf_set_lines", 0, after, after, True, [assertion])
    editor.command("write | edit #")


def test_run_takes_the_function_at_the_cursor(editor):
    """`:Minicov run` with the cursor in a function reruns the tests that cover it, and says how it went."""
    editor.until_function_signs(SHIPPING, BEFORE)
    extend_test(editor, ASSERTION)
    editor.go_to("return cost")
    editor.command("Minicov run")
    editor.until_function_signs(SHIPPING, AFTER)
    assert editor.finished_run()["outcome"] == "passed"
    assert "minicov: 1 passed" in editor.messages()


def test_run_takes_a_range(editor):
    """`:Minicov run` with a range reruns the tests that cover its lines."""
    editor.until_function_signs(SHIPPING, BEFORE)
    extend_test(editor, ASSERTION)
    line = editor.line(SHIPPING)
    editor.command(f"{line + 1},{line + 3}Minicov run covering")
    editor.until_function_signs(SHIPPING, AFTER)


def test_run_all_and_written_before(editor):
    """`:Minicov run all` runs every test; with `write_before_run` a changed buffer is written first."""
    editor.until_function_signs(SHIPPING, BEFORE)
    editor.lua("require('minicov.config').values.write_before_run = true")
    editor.go_to("cost += 1000")
    editor.call("nvim_set_current_line", "        cost += 1001")
    editor.command("Minicov run all")
    assert editor.finished_run()["counts"]["passed"] == 5
    assert not editor.lua("return vim.bo.modified")
    editor.until_function_signs(
        SHIPPING,
        {
            SHIPPING: "covered",
            LARGE: "covered",
            "return 0": "covered",
            "if express:": "partial",
            "cost += 1001": "missed",
            "return cost": "covered",
        },
    )


def test_run_can_be_cancelled(editor):
    """While tests run the status line says so; `:Minicov cancel` ends them."""
    editor.until_function_signs(SHIPPING, BEFORE)
    extend_test(editor, "    import threading; threading.Event().wait()")
    editor.go_to(SHIPPING)
    editor.command("Minicov run")
    editor.until("return require('minicov').statusline()", lambda shown: shown.startswith("running "))
    editor.command("Minicov cancel")
    assert editor.finished_run()["outcome"] == "cancelled"
    assert "minicov: cancelled" in editor.messages()
    assert "running" not in editor.lua("return require('minicov').statusline()")
    editor.until_function_signs(SHIPPING, BEFORE)


def test_failing_test_is_said(editor):
    """A test that fails has a diagnostic on the line where it failed, which goes when the test passes."""
    editor.until_function_signs(SHIPPING, BEFORE)
    extend_test(editor, WRONG_ASSERTION)
    editor.go_to(SHIPPING)
    editor.command("Minicov run")
    assert editor.finished_run()["outcome"] == "failed"
    assert "minicov: 1 failed" in editor.messages()
    editor.command("edit #")
    failure = editor.until(FAILURES, bool)[0]
    assert failure["lnum"] + 1 == editor.line(WRONG_ASSERTION.strip())

    editor.command("Minicov output")
    assert "AssertionError" in "\n".join(editor.call("nvim_buf_get_lines", 0, 0, -1, False))
    editor.command("bwipe")

    editor.call("nvim_buf_set_lines", 0, failure["lnum"], failure["lnum"] + 1, True, [ASSERTION])
    editor.command("write | Minicov run failed")
    editor.until(FAILURES, lambda failures: not failures)


def test_signs_move_with_the_text(editor):
    """New lines above move the signs at once and are marked as edited; undo makes the picture fresh again."""
    editor.until_function_signs(SHIPPING, BEFORE)
    line = editor.line(SHIPPING)
    editor.command("let &undolevels = &undolevels")
    editor.call("nvim_buf_set_lines", 0, 0, 0, True, ["", "import sys"])
    assert editor.signs()[line + 2] == "MinicovCovered"
    editor.until_signs(lambda signs: signs.get(2) == "MinicovEdited")
    assert editor.lua("return require('minicov').picture().state") == "stale"
    assert editor.function_signs(SHIPPING).items() >= BEFORE.items()
    editor.command("silent undo")
    editor.until("return require('minicov').picture().state", lambda state: state == "fresh")
    assert editor.function_signs(SHIPPING).items() >= BEFORE.items()


def test_typed_line_has_no_sign(editor):
    """A line typed inside covered code has not run, and no sign says so, not even before the server has answered."""
    editor.until_function_signs(SHIPPING, BEFORE)
    line = editor.line("return cost")
    editor.call("nvim_buf_set_lines", 0, line - 1, line - 1, True, ["    print(cost)"])
    assert line not in editor.signs()
    assert editor.signs()[line + 1] == "MinicovCovered"
    editor.until_signs(lambda signs: signs.get(line) == "MinicovEdited")


def test_deleted_line_takes_its_sign_along(editor):
    """Of a deleted line no sign is left on its neighbour, not even before the server has answered."""
    editor.until_function_signs(SHIPPING, BEFORE)
    editor.go_to("cost += 1000")
    editor.command("delete")
    assert editor.call("nvim_get_current_line") == "    return cost"
    marks = {text: mark for text, mark in BEFORE.items() if text != "cost += 1000"}
    assert editor.function_signs(SHIPPING).items() >= marks.items()


def test_jumps_go_from_gap_to_gap(editor):
    """A jump goes to where the next run of missed or partly covered lines begins; it can be mapped and counted."""
    editor.until_function_signs(SHIPPING, BEFORE)
    editor.go_to(SHIPPING)
    editor.command("nmap ]v <Plug>(minicov-next)")
    editor.keys("2]v")
    assert editor.call("nvim_get_current_line").strip() == "return 0"
    editor.command("Minicov jump previous")
    assert editor.call("nvim_get_current_line").strip() == LARGE


def test_gaps_are_listed(editor):
    """The location list has each gap of the file, the quickfix list each file with gaps."""
    editor.until_function_signs(SHIPPING, BEFORE)
    signs = editor.signs()
    editor.command("Minicov list")
    gaps = editor.lua("return vim.fn.getloclist(0)")
    missed = {line for gap in gaps if gap["type"] == "W" for line in range(gap["lnum"], gap["end_lnum"] + 1)}
    assert missed == {line for line, sign in signs.items() if sign == "MinicovMissed"}
    assert {gap["lnum"] for gap in gaps if gap["type"] == "I"} == {
        line for line, sign in signs.items() if sign == "MinicovPartial"
    }
    assert [gap["lnum"] for gap in gaps] == sorted(gap["lnum"] for gap in gaps)
    editor.command("Minicov list workspace")
    files = editor.until("return vim.fn.getqflist()", bool)
    assert [Path(editor.call("nvim_buf_get_name", file["bufnr"])).name for file in files] == ["basket.py"]


def test_workspace_is_summed_up(editor):
    """The workspace's summary has its files and their sum."""
    editor.until_function_signs(SHIPPING, BEFORE)
    hit, of = editor.lua("return require('minicov').picture().summary.statements")
    editor.command("Minicov summary workspace")
    shown = editor.until(FLOAT_TEXT, bool)
    assert f"{hit} of {of}" in shown
    assert f"{of - hit} missed  basket.py" in shown


def test_stopped_server_takes_its_signs_along(editor):
    """When the server is stopped no sign stays: there is nobody to keep them true."""
    editor.until_function_signs(SHIPPING, BEFORE)
    editor.lua("vim.lsp.enable('minicov', false) vim.lsp.stop_client(vim.lsp.get_clients({ name = 'minicov' }))")
    editor.until_signs(lambda signs: not signs)
    assert editor.lua("return require('minicov').picture()") is None


def test_signs_can_be_hidden(editor):
    """`:Minicov signs` hides them and shows them again."""
    editor.until_function_signs(SHIPPING, BEFORE)
    editor.command("Minicov signs")
    assert editor.signs() == {}
    editor.command("Minicov signs on")
    assert editor.function_signs(SHIPPING).items() >= BEFORE.items()


def test_spans_can_be_explained(editor):
    """`:Minicov spans` says at the end of a line what is not covered on it."""
    editor.until_function_signs(SHIPPING, BEFORE)
    editor.command("Minicov spans on")
    marks = editor.lua(
        "return vim.api.nvim_buf_get_extmarks(0, require('minicov.spans').namespace, 0, -1, { details = true })"
    )
    explained = {row + 1: details["virt_text"][0][0] for _, row, _, details in marks if details.get("virt_text")}
    assert "never true" in explained[editor.line("if express:")]


def test_diagnostics_do_not_hide_the_signs(editor):
    """Of minicov's diagnostics only failing tests have a sign of their own."""
    editor.until("return #vim.diagnostic.get(0) > 1", bool)
    assert editor.lua(DIAGNOSTIC_SIGNS) == []
    extend_test(editor, WRONG_ASSERTION)
    editor.go_to(SHIPPING)
    editor.command("Minicov run")
    editor.command("edit #")
    editor.until(DIAGNOSTIC_SIGNS, lambda signs: [sign.strip() for sign in signs] == ["E"])


def test_continuous_says_what_it_is_now(editor):
    """`:Minicov continuous` says each time whether saves start runs from now on."""
    editor.until_function_signs(SHIPPING, BEFORE)
    for now in ("on", "off"):
        editor.command("Minicov continuous")
        last = f"minicov: continuous running is {now}"
        editor.until("return vim.fn.execute('messages')", lambda said, last=last: said.endswith(last))


def test_health_tells_of_the_server(editor):
    """`:checkhealth minicov` names the server, its folder, and what it knows of the open file."""
    editor.until_function_signs(SHIPPING, BEFORE)
    editor.command("checkhealth minicov")
    report = "\n".join(editor.call("nvim_buf_get_lines", 0, 0, -1, False))
    assert "OK basket.py: fresh" in report
    assert "ERROR" not in report
    assert "WARNING" not in report


def test_closing_neovim_ends_the_server(editor):
    """Nothing that Neovim started outlives it."""
    editor.until_function_signs(SHIPPING, BEFORE)
    assert editor.close(), "the server was not even started"
