"""Kept analyses: the same as made ones, bounded, and never trusted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.errors import SourceError
from minicov_lsp.source import cache, entries, packing, parser
from minicov_lsp.source.cache import ModelCache, user_cache
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.parser import parse

RULES = ExclusionRules()
TEXT = '''\
"""Ü"""
import sys


@decorated(
    1)
class C:
    def f(self, a, *, b=lambda x: x or 1):
        for i in range(3):
            with a as c, b:
                if a and (b or not c) and 1 < a < 3:
                    return [x for x in a if x]
            a()
            break
        else:
            raise ValueError
        while True:  # pragma: no branch
            continue
        match a:
            case [1, _] if b:
                pass
            case _:
                pass
        assert a, "ß"


def g():  # pragma: no cover
    pass
'''


@pytest.fixture
def models(tmp_path: Path) -> ModelCache:
    """A cache of its own."""
    return ModelCache(tmp_path / "models")


def files_of(models: ModelCache) -> list[Path]:
    """The files of a cache."""
    assert models.folder is not None
    return sorted(file for file in models.folder.rglob("*") if file.is_file())


def plant(models: ModelCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing can be analysed: what comes must come from the cache."""

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("analysed again")

    monkeypatch.setattr(parser, "parse", fail)


def test_kept_is_what_was_made(models: ModelCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text is analysed once; what comes from the disk is equal, in everything."""
    made = models.model(TEXT, RULES)
    assert made == parse(TEXT)
    assert made.regions
    assert made.decisions
    assert made.branches
    assert made.with_jumps
    plant(models, monkeypatch)
    assert models.model(TEXT, RULES) == made
    assert ModelCache(models.folder).model("\ufeff" + TEXT.replace("\n", "\r\n"), RULES) == made


def test_every_field_survives() -> None:
    """Nothing of a model is lost or changes its type on the way."""
    made = parse(TEXT)
    again = packing.unpack(packing.pack(made), made.digest, made.lines)
    assert again == made
    assert repr(again.branches) == repr(made.branches)
    assert repr(again.definitions) == repr(made.definitions)
    assert repr(again.decisions) == repr(made.decisions)
    assert dict(again.first_lines) == dict(made.first_lines)


def test_other_rules_are_another_entry(models: ModelCache) -> None:
    """What is excluded belongs to what is kept."""
    excluding = ExclusionRules(exclude=("class C",))
    assert models.model(TEXT, excluding) == parse(TEXT, excluding)
    assert models.model(TEXT, RULES) == parse(TEXT)
    assert len(files_of(models)) == 2


@pytest.mark.parametrize("part", [["other version", "code", "compiler"], ["version", "code", "other compiler"]])
def test_other_code_or_compiler_is_another_entry(
    models: ModelCache, monkeypatch: pytest.MonkeyPatch, part: list[str]
) -> None:
    """After an update of minicov, or with another Python, nothing that was kept counts."""
    monkeypatch.setattr(cache, "_analysis", lambda: ["version", "code", "compiler"])
    models.model(TEXT, RULES)
    monkeypatch.setattr(cache, "_analysis", lambda: part)
    models.model(TEXT, RULES)
    assert len(files_of(models)) == 2


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


def other_model(content: bytes) -> bytes:
    """Sound in itself, but nothing like a model."""
    compressed = entries.zlib.compress(b"\x93\x01\x02\x03")
    return content[:40] + entries._checksum(compressed) + compressed


@pytest.mark.parametrize("damage", [cut, flipped, other_model, lambda _: b"", lambda _: b"\x80\x04]\x94."])
def test_damage_is_made_good(models: ModelCache, damage) -> None:
    """An entry that was damaged in any way is made anew, and written anew."""
    made = models.model(TEXT, RULES)
    (entry,) = files_of(models)
    sound = entry.read_bytes()
    entry.write_bytes(damage(sound))
    assert models.model(TEXT, RULES) == made
    assert entry.read_bytes() == sound


def test_entry_under_another_name(models: ModelCache) -> None:
    """An entry that stands in another's place is not believed."""
    models.model("x = 1\n", RULES)
    (first,) = files_of(models)
    content = first.read_bytes()
    models.model("y = 1\nz = 2\n", RULES)
    (second,) = set(files_of(models)) - {first}
    second.write_bytes(content)
    assert models.model("y = 1\nz = 2\n", RULES).statements == {1, 2}


def test_errors_are_not_kept(models: ModelCache) -> None:
    """What is not Python is an error each time, with the name of the file that is asked for."""
    for name in ("a.py", "b.py"):
        with pytest.raises(SourceError, match=rf"^{name}:1: "):
            models.model("(", RULES, path=name)
    assert files_of(models) == []


def test_without_a_place(tmp_path: Path) -> None:
    """Where nothing can be written everything still works."""
    (tmp_path / "file").write_text("")
    for models in (ModelCache(None), ModelCache(tmp_path / "file" / "models")):
        assert models.model(TEXT, RULES) == parse(TEXT)
        models.trim()


def test_bounded_in_size(models: ModelCache) -> None:
    """Above the bound what was used least recently goes first; what interrupted writes left behind goes, too."""
    for number in range(8):
        models.model(f"x = {number}\n", RULES)
    files = sorted(files_of(models), key=lambda file: file.name)
    for age, file in enumerate(files):
        os.utime(file, (1e9 - age, 1e9 - age))
    abandoned, written = (files[0].with_name(f"{age}.new") for age in ("old", "fresh"))
    abandoned.touch()
    written.touch()
    os.utime(abandoned, (1e9, 1e9))
    ModelCache(models.folder, most_bytes=sum(file.stat().st_size for file in files[:4]) + 4).trim()
    assert set(files_of(models)) == {*files[:3], written}


def test_bound_is_held_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes much looks after the bound now and then."""
    monkeypatch.setattr(entries, "_WRITES_BETWEEN_LOOKS", 2)
    models = ModelCache(tmp_path, most_bytes=600)
    for number in range(9):
        models.model(f"x = {number}\n", RULES)
    assert 0 < sum(file.stat().st_size for file in files_of(models)) <= 600 + 2 * 300


def test_reading_is_using(models: ModelCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that is read counts as used again."""
    models.model(TEXT, RULES)
    (entry,) = files_of(models)
    os.utime(entry, (1e9, 1e9))
    plant(models, monkeypatch)
    models.model(TEXT, RULES)
    assert entry.stat().st_mtime > 1.5e9


def test_processes_side_by_side(models: ModelCache) -> None:
    """Several processes that make the same entries leave them sound, and nothing else."""
    program = (
        "import sys, pathlib\n"
        "from minicov_lsp.source.cache import ModelCache\n"
        "from minicov_lsp.source.exclusion import ExclusionRules\n"
        "models = ModelCache(pathlib.Path(sys.argv[1]), 4_000)\n"
        "for number in range(60):\n"
        "    text = f'x = {number % 20}\\n' * 9\n"
        "    assert len(models.model(text, ExclusionRules()).statements) == 9\n"
        "    models.trim()\n"
    )
    command = [sys.executable, "-c", program, str(models.folder)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[1] for process in running] == [b"", b"", b""]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert not [file for file in files_of(models) if file.suffix == ".new"]


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "/caches"}, Path("/caches/minicov/models")),
        ("linux", {"XDG_CACHE_HOME": "caches"}, Path.home() / ".cache/minicov/models"),
        ("linux", {}, Path.home() / ".cache/minicov/models"),
        ("darwin", {}, Path.home() / "Library/Caches/minicov/models"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/minicov/Cache/models")),
        ("linux", {"MINICOV_CACHE_DIR": "/there"}, Path("/there")),
        ("linux", {"MINICOV_CACHE_DIR": ""}, None),
    ],
)
def test_place(platform: str, environment: dict[str, str], folder: Path | None) -> None:
    """The user's cache is where the platform keeps such things, or where the variable says."""
    assert user_cache(environment, platform).folder == folder
