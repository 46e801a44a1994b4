"""coverage.py and minicov run the same program and write the same reports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

PROGRAM = {
    "main.py": """\
import sys

from pkg import flow, shapes


def main(arguments):
    if not arguments:
        return 1
    flow.all_ways(arguments)
    shapes.Square(2).area()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
""",
    "pkg/__init__.py": "",
    "pkg/flow.py": '''\
"""Every statement that can go on in several ways."""


def all_ways(words):
    for word in words:
        if word == "stop":
            break
        elif word:
            continue
    else:
        print("never")
    while len(words) > 5:
        words = words[1:]
    try:
        number = int(words[0])
    except ValueError:
        number = 0
    except TypeError:
        number = 1
    finally:
        text = (
            "one"
            if number
            else "two"
        )
    with open(__file__) as file:
        if not file:
            return
        for line in file:
            break
    match text:
        case "one":
            return 1
        case "two" | "three":
            number = 2
        case _:
            number = 3
    assert number, (
        "a message"
    )
    return [n for n in range(3) if n], lambda: number


def never(x):  # pragma: no cover
    return x


async def coroutine(things):
    async for thing in things:
        yield thing


def partial(x):
    if x:  # pragma: no branch
        return 1
    if TYPE_CHECKING:
        import os
''',
    "pkg/shapes.py": """\
from dataclasses import dataclass


def decorate(cls):
    return cls


@decorate
@dataclass
class Square:
    side: float

    def area(self):
        def product():
            return self.side**2

        class Inner:
            def method(self):
                pass

        if self.side < 0:
            raise ValueError
        return product()

    @property
    def name(self): return "square"

    @property
    def name(self):
        return "no square"


class Empty: pass


if Square(1).area() > 3: print("big")
""",
    "pkg/never.py": "x = 1\nif x:\n    y = 2\n",
    "pkg/broken10/__init__.py": "def f():\n    return 1\n",
    "loose/ignored.py": "x = 1\n",
}
TOOLS = ("coverage", "minicov_lsp")
CONFIGURATIONS = {
    "branches": "[run]\nbranch = true\nsource = .\n",
    "precise": "[run]\nbranch = true\nsource = pkg\n[report]\nprecision = 2\nexclude_also = raise\nomit = *never*\n",
    "packages": "[run]\nbranch = true\nsource_pkgs = pkg, main\nomit = */shapes.py\n[report]\nskip_covered = true\n",
    "sorted": "[run]\nbranch = true\ninclude = pkg/*\n[report]\nskip_empty = on\nsort = -miss\npartial_branches = if\n",
}


@pytest.fixture(params=CONFIGURATIONS, scope="module")
def project(request, tmp_path_factory) -> Path:
    """The program with one of several configurations, run under both."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in PROGRAM.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".coveragerc").write_text(CONFIGURATIONS[request.param])
    for tool, more in (("coverage", []), ("minicov_lsp", ["--contexts", "none"])):
        ran = run(folder, tool, "run", "--context=the label", *more, "main.py", "stop", "")
        assert ran.returncode == 0, ran.stderr
    return folder


def run(folder: Path, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A tool's command in the project."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "MINICOV_"))}
    environment["COVERAGE_CORE"] = "ctrace"
    command = [sys.executable, "-m", tool, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_json_report_is_the_same(project):
    """Every key that coverage.py's JSON report has is in ours with the same value, contexts and regions included."""
    reports = []
    for tool in TOOLS:
        written = run(project, tool, "json", "--show-contexts", "-o", f"{tool}.json")
        assert written.returncode == 0, written.stderr
        reports.append(json.loads((project / f"{tool}.json").read_text("utf-8")))
    theirs, ours = reports
    for report in reports:
        del report["meta"]["version"], report["meta"]["timestamp"]
    assert list(ours["files"]) == list(theirs["files"])
    assert only_known(ours, theirs) == theirs


def only_known(ours: object, theirs: object) -> object:
    """Our report without keys that coverage.py's doesn't have; those of contexts are lines."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return {
            key: value if key == "contexts" else only_known(value, theirs[key])
            for key, value in ours.items()
            if key in theirs
        }
    return ours


def test_lcov_report_is_the_same(project):
    """The records are coverage.py's, in its order, and those of MC/DC come with them.

    Ways out have names of ours; functions begin at their first statement, and are numbered by that where they share a
    name.
    """
    theirs, ours = (run(project, tool, "lcov", "-o", "-") for tool in TOOLS)
    assert ours.returncode == 0, ours.stderr
    assert comparable(ours.stdout) == comparable(theirs.stdout)
    assert "\nMCDC:" in ours.stdout


def comparable(text: str) -> list[str]:
    """The records of LCOV that coverage.py knows too, without what differs."""
    records = (line for line in text.splitlines() if not line.startswith("MC"))
    records = (re.sub(r"^(BRDA:\d+,0,).*(?=,)", r"\1", record) for record in records)
    return [re.sub(r"^(FN:|FNDA)\d+|@\d+$", r"\1", record) for record in records]


def test_xml_report_is_the_same(project):
    """The elements and attributes are coverage.py's; only the complexity is not 0."""
    theirs, ours = (run(project, tool, "xml", "-o", "-") for tool in TOOLS)
    assert ours.returncode == 0, ours.stderr
    assert as_lists(ET.fromstring(ours.stdout)) == as_lists(ET.fromstring(theirs.stdout))


def as_lists(element: ET.Element) -> list[object]:
    """An element with what it holds, without what differs between two tools and two moments."""
    attributes = {key: value for key, value in element.items() if key not in ("version", "timestamp", "complexity")}
    return [element.tag, attributes, (element.text or "").strip(), *map(as_lists, element)]


@pytest.mark.parametrize("options", [["--show-missing"], ["--sort=stmts", "--skip-covered", "--include=*/shapes.py"]])
def test_text_report_is_the_same(project, options):
    """The table is the same text."""
    theirs, ours = (run(project, tool, "report", *options) for tool in TOOLS)
    assert ours.stdout == theirs.stdout or theirs.returncode == ours.returncode == 1
    assert ours.returncode == theirs.returncode


@pytest.mark.parametrize("threshold", ["70", "99.99"])
def test_threshold_decides_the_same(project, threshold):
    """`--fail-under` gives the same exit status."""
    theirs, ours = (run(project, tool, "report", f"--fail-under={threshold}").returncode for tool in TOOLS)
    assert ours == theirs


def test_missing_source_stops_both(project):
    """A measured file that is gone fails the report, or is left out where errors are ignored."""
    gone, away = project / "pkg" / "flow.py", project / "flow.away"
    gone.rename(away)
    try:
        for options in ([], ["--ignore-errors"]):
            theirs, ours = (run(project, tool, "report", *options) for tool in TOOLS)
            assert ours.returncode == theirs.returncode
            assert ours.stdout == theirs.stdout or theirs.returncode
    finally:
        away.rename(gone)
