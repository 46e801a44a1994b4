import pytest

from minicov_lsp.server.settings import SEVERITIES, Settings, read_settings


def read(*layers):
    """The settings and the warnings."""
    warnings = []
    return read_settings(layers, warnings.append), warnings


def test_later_layers_win():
    """What a layer doesn't say stays; names of others are passed over."""
    settings, warnings = read(
        {"python": "a", "debounce": 5}, None, {"python": " b ", "gutters": True, "inlayHints": None}
    )
    assert (settings.python, settings.debounce, warnings) == ("b", 5, [])
    assert read({}) == (Settings(), [])
    assert read("nonsense", 3, [])[0] == Settings()


def test_arguments_may_be_one_text():
    """As on a command line."""
    assert read({"testArgs": "-k 'a b' -x"})[0].test_args == ("-k", "a b", "-x")
    assert read({"testArgs": ["-k", "a b"]})[0].test_args == ("-k", "a b")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (True, dict(SEVERITIES)),
        (False, {}),
        ([], {}),
        (["never-run"], {"never-run": "hint"}),
        ({"never-run": "error"}, {**SEVERITIES, "never-run": "error"}),
        ({code: "off" for code in SEVERITIES if code != "regressed"}, {"regressed": "warning"}),
        ({"never-run": True}, dict(SEVERITIES)),
    ],
)
def test_which_diagnostics_with_which_severity(given, expected):
    """All or nothing, a list of codes, or severities by code."""
    assert read({"diagnostics": given})[0].diagnostics == expected


@pytest.mark.parametrize(
    "layer",
    [
        {"python": 5},
        {"testArgs": [1]},
        {"testArgs": "'"},
        {"conditions": "yes"},
        {"diagnostics": 1},
        {"diagnostics": ["no-such-code"]},
        {"diagnostics": {"never-run": "loud"}},
        {"diagnostics": [[]]},
        {"diagnostics": {"never-run": []}},
        {"watch": "always"},
        {"watch": []},
        {"debounce": -1},
        {"debounce": True},
        {"pathMappings": {"a": 1}},
        {"dataFile": []},
    ],
)
def test_a_wrong_value_is_told_and_left_out(layer):
    """One sentence that names the setting; the default counts."""
    settings, warnings = read(layer)
    assert settings == Settings()
    assert len(warnings) == 1
    assert f"minicov.{next(iter(layer))}" in warnings[0]
