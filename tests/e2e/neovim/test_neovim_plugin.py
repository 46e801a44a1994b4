"""What the plugin does by itself, in a Neovim with no server."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.editor

LHS_AND_DESCRIPTION = """
return vim.tbl_map(function(map) return { map.lhs, map.desc or '' } end, vim.api.nvim_get_keymap(...))
"""
PLUGIN = Path(__file__).resolve().parents[3] / "editors" / "neovim"


def test_help_is_what_the_schema_says(nvim):
    """doc/minicov.txt is what scripts/help.lua writes from the options, commands and highlight groups."""
    checked = subprocess.run(
        [nvim, "--clean", "-l", PLUGIN / "scripts" / "help.lua", "--check"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_help_links_lead_somewhere(bare_editor, tmp_path):
    """Each |link| of the help file is a tag of it or of Neovim's own help, and no tag is there twice."""
    text = (PLUGIN / "doc" / "minicov.txt").read_text("utf-8")
    copy = tmp_path / "plugin" / "doc"
    copy.mkdir(parents=True)
    (copy / "minicov.txt").write_text(text, "utf-8")
    bare_editor.command(f"helptags {copy}")
    bare_editor.lua("vim.opt.runtimepath:append(...)", str(copy.parent))
    links = set(re.findall(r"(?<!\S)\(?\|([^|\s]+)\|", text))
    assert len(links) > 20
    found = {link for link in links if link in bare_editor.lua("return vim.fn.getcompletion(..., 'help')", link)}
    assert links - found == set()


def test_installed_by_hand_has_its_help(nvim, environment, tmp_path):
    """The commands that the README has for it are enough for `:help minicov`."""
    shutil.copytree(PLUGIN, tmp_path / "minicov" / "editors" / "neovim", ignore=shutil.ignore_patterns("tags"))
    text = (PLUGIN / "README.md").read_text("utf-8").partition("**By hand**")[2].partition("**[lazy.nvim]")[0]
    commands = textwrap.dedent("\n".join(line for line in text.split("\n") if line.startswith("    ")))
    install = f'nvim() {{ {nvim} "$@"; }}\n' + commands.replace("/path/to", str(tmp_path))
    subprocess.run(["sh", "-euc", install], env=environment, check=True)
    show = ["-c", "help minicov", "-c", "verbose echo expand('%:t')", "-c", "quitall"]
    shown = subprocess.run([nvim, "--headless", *show], env=environment, capture_output=True, text=True)
    assert shown.stderr.strip() == "minicov.txt"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("{ sign = {} }", "there is no option sign (see :help minicov-options)"),
        ("{ signs = { missed = { colour = 'red' } } }", "there is no option signs.missed.colour"),
        ("{ signs = true }", "there is no option signs"),
        ("{ cmd = 'minicov-lsp' }", "option cmd must be a list of strings"),
        ("{ signs = { missed = { text = 'abc' } } }", "option signs.missed.text must be at most two cells wide"),
        ("{ signs = { missed = { priority = 1.5 } } }", "option signs.missed.priority must be a whole number"),
        ("{ notify = 'some' }", "option notify must be one of all, failures, none"),
        ("{ statusline = { 'lines' } }", "option statusline must be a list of state, run"),
        ("{ code_lens = 1 }", "option code_lens must be a boolean, is a number"),
    ],
)
def test_wrong_option_is_named(bare_editor, options, problem):
    """An option that isn't one, or is of the wrong kind, is named in one message, and its default stays."""
    bare_editor.lua(f"require('minicov').setup({options})")
    assert problem in bare_editor.messages()
    assert bare_editor.lua("local c = require('minicov.config') return vim.deep_equal(c.values, (c.resolve()))")


def test_options_go_deep(bare_editor):
    """An option of a group leaves the others of the group alone."""
    bare_editor.lua("require('minicov').setup({ signs = { missed = { text = '!!' } } })")
    assert bare_editor.lua("return require('minicov.config').values.signs.missed") == {"text": "!!", "priority": 9}
    assert bare_editor.lua("return require('minicov.config').problems") == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Minicov r", ["run", "report"]),
        ("Minicov run ", ["covering", "test", "file", "all", "impacted", "last", "failed"]),
        ("2,3Minicov run f", ["file", "failed"]),
        ("Minicov run all ", []),
        ("Minicov nothing ", []),
    ],
)
def test_command_completes(bare_editor, typed, offered):
    """`:Minicov` completes its words by position."""
    assert bare_editor.lua("return vim.fn.getcompletion(..., 'cmdline')", typed) == offered


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("Minicov nothing", "there is no :Minicov nothing"),
        ("Minicov run nothing", ":Minicov run takes covering, test, file, all, impacted, last, failed, not nothing"),
        ("Minicov cancel now", ":Minicov cancel takes nothing, not now"),
        ("Minicov run all twice", "not twice"),
    ],
)
def test_command_says_what_it_takes(bare_editor, command, complaint):
    """A word that `:Minicov` doesn't know is named, with those it knows."""
    with pytest.raises(RuntimeError, match=re.escape(complaint)):
        bare_editor.command(command)


@pytest.mark.parametrize(
    ("row", "direction", "count", "wrap", "target"),
    [
        (0, "next", 1, False, 4),
        (4, "next", 1, False, 7),
        (5, "next", 2, False, 20),
        (20, "next", 1, False, None),
        (20, "next", 1, True, 4),
        (0, "previous", 1, False, None),
        (0, "previous", 1, True, 20),
        (7, "previous", 1, False, 4),
        (8, "previous", 1, False, 7),
        (9, "previous", 5, True, 4),
        (9, "first", 1, False, 4),
        (9, "last", 1, False, 20),
    ],
)
def test_jump_target(bare_editor, row, direction, count, wrap, target):
    """From a row, with gaps at 4, 7 and 20, a jump goes to the nearest, counted, around the end if asked."""
    code = "return require('minicov.jumps').target({ 4, 7, 20 }, ...)"
    assert bare_editor.lua(code, row, direction, count, wrap) == target


def test_no_key_is_taken(bare_editor):
    """The plugin maps no key: only <Plug> names, for the user to map."""
    mapped = [mapping for mode in "nxoi" for mapping in bare_editor.lua(LHS_AND_DESCRIPTION, mode)]
    ours = {left for left, description in mapped if "minicov" in (left + description).lower()}
    assert ours == {"<Plug>(minicov-next)", "<Plug>(minicov-previous)"}


def test_highlights_survive_a_colour_scheme(bare_editor):
    """The groups are links to standard ones, a user's own stays, and a colour scheme takes none away."""
    bare_editor.command("colorscheme habamax")
    bare_editor.lua("vim.api.nvim_set_hl(0, 'MinicovMissed', { fg = '#ff0000' })")
    bare_editor.lua("require('minicov').setup()")
    assert bare_editor.call("nvim_get_hl", 0, {"name": "MinicovMissed"})["fg"] == 0xFF0000
    assert bare_editor.call("nvim_get_hl", 0, {"name": "MinicovCovered"})["link"] == "DiagnosticSignOk"


def test_health_names_a_server_that_is_not_there(bare_editor):
    """`:checkhealth minicov` says which program can't be started, and what to do."""
    bare_editor.lua("require('minicov').setup({ cmd = { 'no-such-server' }, colour = 1 })")
    bare_editor.command("checkhealth minicov")
    report = "\n".join(bare_editor.call("nvim_buf_get_lines", 0, 0, -1, False))
    assert "ERROR no-such-server is not an executable program" in report
    assert "pip install minicov" in report
    assert "ERROR there is no option colour" in report


def test_nothing_known_is_said(bare_editor):
    """Without a server or a picture, commands say so in one line and do nothing."""
    bare_editor.command("Minicov run all")
    bare_editor.command("Minicov jump next")
    bare_editor.command("Minicov summary")
    said = bare_editor.messages()
    assert "minicov: no server runs (see :checkhealth minicov)" in said
    assert said.count("minicov: nothing is known of this file") == 2
    assert bare_editor.lua("return require('minicov').statusline()") == ""
