"""The Cobertura report: coverage.py's XML, key by key, and the complexity that it leaves at 0.

The format is that of coverage-04.dtd; `missing-branches` is coverage.py's own addition, which services read.
"""

from __future__ import annotations

import posixpath
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Comment, Element, SubElement, indent, tostring

from minicov_lsp.config import Config
from minicov_lsp.metrics.functions import FunctionCoverage
from minicov_lsp.metrics.hit_counts import statement_hits
from minicov_lsp.metrics.numbers import Numbers, count
from minicov_lsp.model import Line, MeasuredFile
from minicov_lsp.reporters.reporter import Report, natural, printable, written
from minicov_tracer.version import VERSION

_NONE = "."
"""The package of files that lie in no folder."""


@dataclass(slots=True)
class _Package:
    """The files of one folder, deeper ones among them where that is as deep as packages go."""

    classes: dict[str, Element] = field(default_factory=dict)
    """{file: its element}."""
    numbers: Numbers = field(default_factory=Numbers)
    complexity: int = 0


class CoberturaReporter:
    """Writes the Cobertura report; `now` gives its timestamp, in seconds since 1970."""

    name = "xml"
    title = "XML report"

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now

    def target(self, config: Config) -> str:
        """The file that the configuration names."""
        return config.xml_output

    def write(self, report: Report, target: str) -> float:
        """Write the report; the total is 0 where there is nothing to cover, as in coverage.py's."""
        packages: dict[str, _Package] = {}
        roots: set[str] = set()
        with written(target) as stream:
            for file in report.files:
                if not report.config.skip_empty or file.analysis.source.statements:
                    roots.add(_add(file, report, packages))
            total = sum((package.numbers for package in packages.values()), Numbers())
            tree = self._tree(packages, sorted(roots, key=natural), total, has_branches=report.has_branches)
            indent(tree, "\t")
            stream.write(f'<?xml version="1.0" ?>\n{tostring(tree, encoding="unicode")}\n')
        return total.percent_covered if total.statements + total.branches else 0.0

    def _tree(
        self, packages: dict[str, _Package], roots: Iterable[str], total: Numbers, *, has_branches: bool
    ) -> Element:
        tree = Element("coverage", version=VERSION, timestamp=str(int(self._now() * 1000)))
        tree.append(Comment(" Based on coverage-04.dtd of Cobertura "))
        sources = SubElement(tree, "sources")
        for root in roots:
            SubElement(sources, "source").text = root
        inner = SubElement(tree, "packages")
        for name in sorted(packages, key=natural):
            package = packages[name]
            element = SubElement(inner, "package", name=name)
            classes = SubElement(element, "classes")
            classes.extend(package.classes[file] for file in sorted(package.classes, key=natural))
            _rates(element, package.numbers, package.complexity, has_branches=has_branches)
        tree.set("lines-valid", str(total.statements))
        tree.set("lines-covered", str(total.executed))
        tree.set("branches-valid", str(total.branches))
        tree.set("branches-covered", str(total.executed_branches))
        complexity = sum(package.complexity for package in packages.values())
        _rates(tree, total, complexity, has_branches=has_branches)
        return tree


def _add(file: MeasuredFile, report: Report, packages: dict[str, _Package]) -> str:
    """Put a file into its package; gives the folder that its name is to be looked up in."""
    root, name = _place(file.path, report)
    folders = (posixpath.dirname(name) or _NONE).split("/")[: report.config.xml_package_depth]
    package = packages.setdefault(".".join(folders), _Package())
    numbers = count(file.analysis)
    complexity = sum(each.complexity for each in FunctionCoverage().get_possible_elements(file.analysis.source))
    inside = posixpath.relpath(name, "/".join(folders))
    element = Element("class", name=inside, filename=name)
    SubElement(element, "methods")
    SubElement(element, "lines").extend(_lines(file))
    _rates(element, numbers, complexity, has_branches=report.has_branches)
    package.classes[name] = element
    package.numbers += numbers
    package.complexity += complexity
    return root


def _place(path: str, report: Report) -> tuple[str, str]:
    """(folder, name in it): a folder of `source` if the file lies in one, else the project's."""
    file = report.root / path
    for source in report.config.source:
        folder = (report.root / source).resolve()
        if folder.is_dir() and file.is_relative_to(folder):
            return printable(folder.as_posix()), printable(file.relative_to(folder).as_posix())
    if file.is_relative_to(report.root):
        return printable(report.root.as_posix()), printable(path)
    return "/", printable(path.lstrip("/"))


def _lines(file: MeasuredFile) -> Iterable[Element]:
    analysis = file.analysis
    hits = statement_hits(analysis, file.facts)
    branches = {branch.line: branch for branch in analysis.source.branches} if analysis.has_branches else {}
    missing: dict[Line, list[int]] = {}
    for line, end in sorted(analysis.missing_branches):
        missing.setdefault(line, []).append(end)
    for line in sorted(analysis.source.statements):
        element = Element("line", number=str(line), hits=str(hits[line]))
        ends = missing.get(line, [])
        if line in branches:
            possible = len(branches[line].destinations)
            taken = possible - len(ends)
            element.set("branch", "true")
            element.set("condition-coverage", f"{100 * taken // possible}% ({taken}/{possible})")
            if ends:
                element.set("missing-branches", ",".join("exit" if end < 0 else str(end) for end in ends))
        yield element


def _rates(element: Element, numbers: Numbers, complexity: int, *, has_branches: bool) -> None:
    element.set("line-rate", _rate(numbers.executed, numbers.statements))
    element.set("branch-rate", _rate(numbers.executed_branches, numbers.branches) if has_branches else "0")
    element.set("complexity", str(complexity))


def _rate(part: int, whole: int) -> str:
    """A share from 0 to 1, which it is only if it is exactly that; all of nothing is 1."""
    if part == whole:
        return "1"
    return f"{min(max(part / whole, 0.0001), 0.9999):.4g}" if part else "0"
