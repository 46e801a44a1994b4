"""Which tests a change can affect: pure selection, from texts before and after and from what is known to have run.

A test is chosen when it ran code that differs: between the two texts of the change, or between the text that it ran
and the text now. Whatever can't be told is taken to be affected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from minicov_lsp.documents.texts import HERE, Texts
from minicov_lsp.model import CodeFacts, FileFacts
from minicov_lsp.runs.changed_code import Change, Outline, compare, differs, outline
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.discovery import discover
from minicov_lsp.runs.selection import file_of, ids_of, without_parameters

CONFIGURATION = frozenset(
    {
        ".coveragerc", ".coveragerc.toml", ".pytest.ini", "Pipfile.lock", "pdm.lock", "poetry.lock", "pyproject.toml",
        "pytest.ini", "requirements.txt", "setup.cfg", "setup.py", "tox.ini", "uv.lock",
    }
)  # fmt: skip
"""Files in a project's folder that may decide how any test runs."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file that differs, with all that is known to have run of it."""

    path: str
    """Relative to the workspace folder, with `/`."""
    before: str | None
    """None where it is new."""
    after: str | None
    """None where it is gone."""
    versions: tuple[FileFacts, ...] = ()
    """What ran, of each text of it."""


@dataclass(frozen=True, slots=True)
class Impact:
    """The tests that a change can affect."""

    tests: tuple[str, ...] = ()
    """Node ids, sorted; the id of a file or function stands for all its tests."""
    everything: str = ""
    """The file because of which it is all tests; "" where it isn't."""
    unknown: tuple[str, ...] = ()
    """Changed files that no test is known to have run, and that are none themselves."""


def impacted(
    changes: Iterable[ChangedFile], test_files: Sequence[str], conventions: Conventions, texts: Texts = HERE
) -> Impact:
    """The tests that these changes can affect; `test_files` are all there are, by their names alone."""
    tests, unknown = set[str](), list[str]()
    for change in changes:
        name = PurePosixPath(change.path)
        if change.path in CONFIGURATION or change.path == "conftest.py":
            return Impact(everything=change.path)
        if name.name == "conftest.py":
            tests.update(file for file in test_files if PurePosixPath(file).is_relative_to(name.parent))
            tests.update(ids_of(_labels(change.versions)))
            continue
        found = set(_of_file(change, conventions, texts, is_test_file=change.path in test_files))
        if not found:
            unknown.append(change.path)
        tests |= found
    return Impact(_without_contained(tests), unknown=tuple(unknown))


def _of_file(change: ChangedFile, conventions: Conventions, texts: Texts, *, is_test_file: bool) -> Iterator[str]:
    """The tests that one file's change can affect."""
    before, after = _outline(change.before, texts), _outline(change.after, texts)
    changed = compare(before, after)
    for facts in change.versions:
        # What is gone ran only in the text before: facts of another text don't tell who is left to what was behind it.
        seen = changed if facts.text == change.before else changed | compare(after, before)
        yield from ids_of(_affected(facts, seen, after, texts))
    if is_test_file and change.after is not None:
        if changed.everything or not change.versions:
            yield change.path
        else:
            yield from _own_tests(change, changed, conventions, texts)


def _outline(text: str | None, texts: Texts) -> Outline | None:
    return texts.of(text, outline, text) if text is not None else None


def _own_tests(change: ChangedFile, changed: Change, conventions: Conventions, texts: Texts) -> Iterator[str]:
    """The tests of a test file that are new, or that differ themselves."""
    text = change.after or ""
    found = texts.of(text, discover, change.path, text, conventions)
    known = {without_parameters(test) for test in ids_of(_labels(change.versions))}
    for test in found.functions() if found is not None else ():
        name = test.id.partition("::")[2].replace("::", ".")
        if test.id not in known or name in changed.names:
            yield test.id


def _affected(facts: FileFacts, changed: Change, after: Outline | None, texts: Texts) -> Iterator[str]:
    """The labels under which code ran that differs, between the change's texts or from the text now."""
    ran = _outline(facts.text, texts)
    changed |= compare(ran, after)
    if ran is None or changed.everything:
        yield from _labels((facts,))
        return
    for code in facts.codes:
        if ran.around(code.first_line).name in changed.names:
            yield from _labels_of_code(code)
            continue
        lines = frozenset(line for line in code.probed_lines if differs(ran, changed, line))
        for (hit, _), labels in code.hits.items():
            if lines & hit:
                yield from labels


def _labels(versions: Iterable[FileFacts]) -> Iterator[str]:
    for facts in versions:
        for code in facts.codes:
            yield from _labels_of_code(code)


def _labels_of_code(code: CodeFacts) -> Iterator[str]:
    for labels in (*code.hits.values(), *code.probes.values()):
        yield from labels


def _without_contained(tests: set[str]) -> tuple[str, ...]:
    """Sorted, without tests that the id of their file or function stands for already."""
    kept = (
        test
        for test in tests
        if (file_of(test) == test or file_of(test) not in tests)
        and (without_parameters(test) == test or without_parameters(test) not in tests)
    )
    return tuple(sorted(kept))
