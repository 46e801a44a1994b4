"""What is ours in the configuration, where each value comes from, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from minicov_lsp.config import Config, Origin, PathAliases, read_config, with_options
from minicov_lsp.config.gathering import keys
from minicov_lsp.errors import ConfigError


def configured(folder: Path, **files: str):
    """The configuration of a folder with these files; `_` in a name stands for a dot."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return read_config(folder, environment={})


def test_ours_comes_first(tmp_path):
    """Where [tool.minicov] says what is measured, no file of coverage.py is asked."""
    config = configured(
        tmp_path,
        pyproject_toml='[tool.minicov]\nsource = ["ours"]\n[tool.coverage.run]\nsource = ["theirs"]\nomit = ["x"]\n',
        _coveragerc="[run]\nsource = rc\nbranch = no\n",
    )
    assert (config.source, config.run_omit, config.branch) == (("ours",), (), True)
    assert config.files == ("pyproject.toml",)


def test_ours_has_coverage_pys_sections(tmp_path):
    """[tool.minicov.run], .report, .paths and the others are [tool.coverage]'s under another name."""
    config = configured(
        tmp_path,
        pyproject_toml="""
[tool.minicov.run]
data_file = "build/data"
core = "python"
contexts = "none"
[tool.minicov.report]
fail_under = 90
contexts = ["slow"]
[tool.minicov.json]
pretty_print = true
[tool.minicov.paths]
source = ["src", "*/site-packages"]
""",
    )
    assert (config.data_file, config.core, config.contexts) == ("build/data", "python", "none")
    assert (config.fail_under, config.report_contexts, config.json_pretty_print) == (90.0, ("slow",), True)
    assert config.paths == {"source": ("src", "*/site-packages")}
    assert config.warnings == ()


def test_ours_can_do_without_sections(tmp_path):
    """Above all sections the keys of run and report can stand; include and omit are meant for both."""
    config = configured(
        tmp_path,
        pyproject_toml='[tool.minicov]\nfail_under = 80\nomit = ["x/*"]\ncontexts = "none"\nshow_missing = true\n',
    )
    assert (config.fail_under, config.contexts, config.show_missing) == (80.0, "none", True)
    assert config.run_omit == config.report_omit == ("x/*",)
    assert config.report_contexts == ()
    assert config.warnings == ()


def test_what_only_we_have_leaves_coverage_pys_files_in_force(tmp_path):
    """Settings of the editor and of conditions say nothing on what is measured, so coverage.py's files still do."""
    config = configured(
        tmp_path,
        pyproject_toml="""
[tool.minicov]
conditions = false
test-args = ["-x"]
[tool.minicov.diagnostics]
regressed = "hint"
""",
        _coveragerc="[run]\nsource = rc\n",
    )
    assert (config.conditions, config.source) == (False, ("rc",))
    assert config.editor == {"conditions": False, "testArgs": ["-x"], "diagnostics": {"regressed": "hint"}}
    assert config.files == ("pyproject.toml", ".coveragerc")
    assert config.warnings == ()


def test_a_named_file_is_read_alone(tmp_path):
    """With --config no other file counts, be it [tool.minicov]."""
    (tmp_path / "pyproject.toml").write_text('[tool.minicov]\nsource = ["ours"]\n')
    (tmp_path / "ci.cfg").write_text("[run]\nbranch = no\n")
    config = read_config(tmp_path, Path("ci.cfg"), {"COVERAGE_RCFILE": "other.cfg"})
    assert (config.source, config.branch, config.files) == ((), False, ("ci.cfg",))


def test_a_named_pyproject_may_be_ours(tmp_path):
    """A named file's [tool.minicov] counts before its [tool.coverage]."""
    (tmp_path / "other.toml").write_text('[tool.coverage.run]\ncontext = "x"\n[tool.minicov.run]\nbranch = false\n')
    config = read_config(tmp_path, Path("other.toml"), {})
    assert (config.branch, config.context) == (False, "")


def test_named_file_that_is_not_there(tmp_path):
    """A file that was named and can't be read is an error, not a reason to look elsewhere."""
    with pytest.raises(ConfigError, match=r"gone\.toml: no such configuration file"):
        read_config(tmp_path, Path("gone.toml"), {})


@pytest.mark.parametrize(
    ("theirs", "ours"), [(".coverage", ".coverage.db"), ("b/.cov.3", "b/.cov.3.db"), ("x.db", "x.db")]
)
def test_data_is_never_where_coverage_pys_is(tmp_path, theirs, ours):
    """coverage.py's data file keeps its place: ours goes beside it."""
    assert configured(tmp_path, _coveragerc=f"[run]\ndata_file = {theirs}\n").data_file == ours
    config = read_config(tmp_path, environment={"COVERAGE_FILE": theirs})
    assert config.data_file == ours
    assert "COVERAGE_FILE" in str(config.origins["data_file"])


@pytest.mark.parametrize(
    ("theirs", "ours"), [("ctrace", ""), ("sysmon", ""), ("pytrace", "python"), ("python", "python")]
)
def test_cores_of_coverage_py_are_understood(tmp_path, theirs, ours):
    """coverage.py's names for its own cores don't stop us: in C means our best, in Python ours in Python."""
    assert configured(tmp_path, _coveragerc=f"[run]\ncore = {theirs}\n").core == ours


def test_origin_has_file_line_and_key(tmp_path):
    """Each value knows the line that set it; a default has no origin."""
    config = configured(
        tmp_path, pyproject_toml='[tool]\nx = 1\n\n[tool.coverage.run]\n# branch\nbranch = true\n"context" = "c"\n'
    )
    assert config.origins["branch"] == Origin("pyproject.toml", "tool.coverage.run", "branch", 6)
    assert str(config.origins["context"]) == "pyproject.toml:7: [tool.coverage.run] context"
    assert "source" not in config.origins


def test_each_pattern_has_its_line(tmp_path):
    """Of a list of regular expressions each is known with its own line, also where TOML writes it otherwise."""
    config = configured(tmp_path, pyproject_toml='[tool.minicov]\nexclude_also = [\n  "a",\n  "b\\\\d",\n]\n')
    assert config.pattern_origins == {
        "a": "pyproject.toml:3: [tool.minicov] exclude_also",
        "b\\d": "pyproject.toml:4: [tool.minicov] exclude_also",
    }


def test_options_come_last(tmp_path):
    """What the command line says replaces what files say, and says so; what it doesn't say stays."""
    config = with_options(
        configured(tmp_path, _coveragerc="[run]\nbranch = yes\ncontext = c\n"), {"branch": False, "context": None}
    )
    assert (config.branch, config.context) == (False, "c")
    assert str(config.origins["branch"]) == "command line"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (".coveragerc", "[run]\nbranch = yes\nsorce = x\n", ".coveragerc:3: [run] sorce: unknown key"),
        (
            "tox.ini",
            "[coverage:report]\nfailunder = 3\nprecision = 1\n",
            "tox.ini:2: [coverage:report] failunder: unknown key",
        ),
        (
            "pyproject.toml",
            "[tool.coverage.run]\nbranc = true\n",
            "pyproject.toml:2: [tool.coverage.run] branc: unknown key",
        ),
        ("pyproject.toml", "[tool.minicov]\n\nbranc = true\n", "pyproject.toml:3: [tool.minicov] branc: unknown key"),
        (
            "pyproject.toml",
            "[tool.minicov.rum]\nbranch = true\n",
            "pyproject.toml:2: [tool.minicov.rum] branch: unknown section",
        ),
        (
            "pyproject.toml",
            "[tool.coverage]\nbranch = true\n",
            "pyproject.toml:2: [tool.coverage] branch: unknown key; it belongs into a section",
        ),
        ("setup.cfg", "[x]\na = 1\n[coverage:rum]\nb = 1\n", "setup.cfg:4: [coverage:rum] b: unknown section"),
        (".coveragerc", "[rpeort]\nprecision = 1\n", ".coveragerc:2: [rpeort] precision: unknown section"),
        (
            ".coveragerc",
            "[run]\nplugins = p\n[p]\nx = 1\n",
            ".coveragerc:2: [run] plugins: minicov does not run coverage.py's plugins",
        ),
    ],
)
def test_unknown_key_is_a_warning(tmp_path, name, text, message):
    """A key that means nothing is told with its file, line and section, and nothing else happens."""
    (tmp_path / name).write_text(text)
    (warning,) = read_config(tmp_path, environment={}).warnings
    assert warning.startswith(message)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (".coveragerc", "[run]\nbranch = maybe\n", ".coveragerc:2: [run] branch: 'maybe' is not a boolean"),
        (
            ".coveragerc",
            "[report]\nprecision = two\n",
            ".coveragerc:2: [report] precision: 'two' is not a whole number",
        ),
        (".coveragerc", "[report]\nprecision = -1\n", ".coveragerc:2: [report] precision: -1 is no number of"),
        (".coveragerc", "[report]\nprecision = 9999999\n", ".coveragerc:2: [report] precision: 9999999 is no number"),
        (".coveragerc", "[run]\ndynamic_context = test\n", ".coveragerc:2: [run] dynamic_context: 'test' is neither"),
        (
            "pyproject.toml",
            "[tool]\n[tool.coverage]\nreport = 3\n",
            "pyproject.toml:3: [tool.coverage] report: report is not a table of keys; write [tool.coverage.report]",
        ),
        (
            "pyproject.toml",
            "[[tool.minicov.paths]]\nsource = ['x']\n",
            "pyproject.toml: [tool.minicov] paths: paths is not a table of keys; write [tool.minicov.paths]",
        ),
        (
            "pyproject.toml",
            "[tool.coverage]\nrun.context = 'x'\nrun.branch = 'maybe'\n",
            "pyproject.toml:3: [tool.coverage.run] branch: 'maybe' is not a boolean",
        ),
        (
            "pyproject.toml",
            "[tool.coverage]\n\nrun = {branch = 'maybe'}\n[tool.other]\nbranch = true\n",
            "pyproject.toml:3: [tool.coverage.run] branch: 'maybe' is not a boolean",
        ),
        (".coveragerc", "[report]\nfail_under = 101\n", ".coveragerc:2: [report] fail_under: 101 is not a percentage"),
        (".coveragerc", "[report]\nsort = size\n", ".coveragerc:2: [report] sort: can't sort by 'size'"),
        (".coveragerc", "[run]\ncore = fast\n", ".coveragerc:2: [run] core: there is no core 'fast'"),
        (
            ".coveragerc",
            "[run]\nsource = ${NO?}\n",
            ".coveragerc:2: [run] source: the environment variable NO is not set",
        ),
        (
            "setup.cfg",
            "[coverage:report]\nexclude_lines =\n    fine\n    (open\n",
            "setup.cfg:4: [coverage:report] exclude_lines: '(open' is not a regular expression",
        ),
        (
            "pyproject.toml",
            '[tool.coverage.report]\nexclude_also = [\n  "fine",\n  "*",\n]\n',
            "pyproject.toml:4: [tool.coverage.report] exclude_also: '*' is not a regular expression",
        ),
        (
            "pyproject.toml",
            '[tool.minicov]\nexclude_also = ["a{1,4294967296}"]\n',
            "pyproject.toml:2: [tool.minicov] exclude_also: 'a{1,4294967296}' is not a regular expression",
        ),
        (
            ".coveragerc",
            f"[report]\npartial_also =\n    {'(' * 3000}{')' * 3000}\n",
            ".coveragerc:3: [report] partial_also: a regular expression is nested too deeply",
        ),
        (
            "pyproject.toml",
            "[tool.coverage.run]\nsource = 'x'\n",
            "pyproject.toml:2: [tool.coverage.run] source: 'x' is not a list",
        ),
        (
            "pyproject.toml",
            "[tool.coverage.run]\nsource = [1]\n",
            "pyproject.toml:2: [tool.coverage.run] source: 1 in the list",
        ),
        (
            "pyproject.toml",
            "[tool.coverage.run]\ncontext = 1\n",
            "pyproject.toml:2: [tool.coverage.run] context: 1 is not a string",
        ),
        (
            "pyproject.toml",
            "[tool.coverage.run]\nbranch = 'yes'\n",
            "pyproject.toml:2: [tool.coverage.run] branch: 'yes' is not",
        ),
        (
            "pyproject.toml",
            "[tool.minicov]\ncontexts = 'some'\n",
            "pyproject.toml:2: [tool.minicov] contexts: 'some' is neither",
        ),
        ("pyproject.toml", "[tool]\ncoverage = 3\n", "pyproject.toml: tool.coverage is not a table"),
        ("pyproject.toml", "[tool.coverage.run\n", "pyproject.toml: not TOML"),
        (".coveragerc", "branch = yes\n", ".coveragerc: File contains no section headers"),
    ],
)
def test_mistake_is_an_error_with_its_place(tmp_path, name, text, message):
    """A value that can't be understood stops with one line: file, line, key and what is wrong."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_config(tmp_path, environment={})
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_file_that_is_not_text(tmp_path):
    """A configuration file in no UTF-8 is one line, not a traceback."""
    (tmp_path / ".coveragerc").write_bytes(b"[run]\ncontext = \xff\n")
    with pytest.raises(ConfigError, match="can't be read as a configuration file"):
        read_config(tmp_path, environment={})


def test_sections_of_others_in_a_named_file_are_theirs(tmp_path):
    """A setup.cfg that is named as the configuration has sections of other tools, which no warning is about."""
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = x\n[coverage:run]\nbranch = no\n")
    assert read_config(tmp_path, Path("setup.cfg"), {}).warnings == ()


def test_the_folder_here_has_no_wildcard(tmp_path):
    """The first of a list of [paths] is one folder; a pattern in its place would never be one."""
    with pytest.raises(ConfigError, match=r"'\*/src' has a wildcard"):
        PathAliases({"source": ("*/src", "/ci/src")}, tmp_path)


def test_alias_may_not_end_with_a_wildcard(tmp_path):
    """A pattern of [paths] stands for a folder, so it ends with a name."""
    with pytest.raises(ConfigError, match="ends with a wildcard"):
        PathAliases({"source": ("src", "/ci/*")}, tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        (".coveragerc", "[paths]\nsource =\n    src\n    /ci/src\n    /ci/*\n", r"\.coveragerc:5: \[paths\] source"),
        (
            "pyproject.toml",
            "[tool.minicov.paths]\nsource = [\n  'src',\n  '/ci/***/x',\n]\n",
            r"pyproject\.toml:4: \[tool\.minicov\.paths\] source",
        ),
    ],
)
def test_bad_alias_is_told_with_file_and_line(name, text, where, tmp_path):
    """A pattern of [paths] that can't be is looked for in the file that has it."""
    (tmp_path / name).write_text(text)
    config = read_config(tmp_path, environment={})
    with pytest.raises(ConfigError, match=where):
        PathAliases(config.paths, tmp_path, config.origins)


@pytest.mark.parametrize(
    ("files", "measured"),
    [
        ({}, True),
        ({"setup.cfg": "[metadata]\nname = x\n"}, True),
        ({".coveragerc": ""}, False),
        ({"pyproject.toml": "[tool.coverage.run]\nbranch = true\n"}, False),
        ({".coveragerc": "[run]\npatch = subprocess\n"}, True),
        ({".coveragerc": "[run]\npatch = fork, _exit\n"}, True),
        ({".coveragerc": "[run]\npatch = _exit\n"}, False),
        ({"tox.ini": "[coverage:run]\nconcurrency = thread,multiprocessing\nbranch = true\n"}, True),
        ({"pyproject.toml": "[tool.minicov]\nsource = ['x']\n"}, True),
        ({"pyproject.toml": "[tool.minicov]\nsubprocesses = true\n", ".coveragerc": ""}, True),
    ],
)
def test_children_are_measured_as_coverage_py_would(tmp_path, files, measured):
    """Where coverage.py's configuration counts, child processes are measured if it asks for that; else always."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert read_config(tmp_path, environment={}).subprocesses is measured


@pytest.mark.parametrize(("field", "key"), list(keys()))
def test_a_key_is_read_as_what_its_field_holds(field, key):
    """What understands a value gives the type that the field is said to have."""
    held = get_type_hints(Config)[field]
    read = get_type_hints(key.read)["return"]
    assert read == held or read in get_args(held)
