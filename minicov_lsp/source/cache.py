"""Static analyses kept on disk by content, so that a text is analysed once and not each time it is looked at.

An entry (see `entries`) follows from the text's digest, the exclusion rules, the Python whose compiler was asked, and
the code of the analysis itself; it holds the model as `packing` has it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from minicov_lsp.log import Log
from minicov_lsp.model import SourceModel
from minicov_lsp.source import text
from minicov_lsp.source.entries import MOST_BYTES, Entries, key_of
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_tracer import sources
from minicov_tracer.version import VERSION

log = Log(__name__)

FOLDER_VARIABLE = "MINICOV_CACHE_DIR"
"""Names the folder; set to nothing it means that nothing is kept."""
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, OverflowError)


def _parse(source_text: str, rules: ExclusionRules, *, path: str) -> SourceModel:
    """What `parse` says of a text, and raises; it is loaded for the first text that isn't kept."""
    from minicov_lsp.source.parser import parse

    return parse(source_text, rules, path=path)


class ModelCache:
    """Models by content in a folder; without one it keeps nothing. May be used from several threads and processes."""

    def __init__(
        self, folder: Path | None, most_bytes: int = MOST_BYTES, make: Callable[..., SourceModel] = _parse
    ) -> None:
        """Keep at most so many bytes; `make` is asked for what is not there, and takes what `parse` takes."""
        self.folder = folder
        self._make = make
        self.entries = Entries(folder, most_bytes)

    def model(self, source_text: str, rules: ExclusionRules, *, path: str = "<text>", keep: bool = True) -> SourceModel:
        """What `parse` says of a text, and raises; from the cache if it is there, and then kept there if `keep`."""
        if self.folder is None:
            return self._make(source_text, rules, path=path)
        from minicov_lsp.source import packing

        shown = text.shown(source_text)
        digest = text.digest(shown)
        key = key_of(digest, (rules.exclude, rules.partial, rules.partial_always), _analysis())
        found = self.entries.read(key)
        if found is not None:
            try:
                return packing.unpack(found, digest, text.lines_of(shown))
            except _DAMAGE as error:
                log.info("the kept analysis of %s is damaged and is made anew: %s", path, error)
        made = self._make(source_text, rules, path=path)
        if keep:
            self.entries.write(key, packing.pack(made))
        return made

    def trim(self) -> None:
        """Remove what was used least recently, if there is more than the bound, and what interrupted writes left."""
        self.entries.trim()


def user_cache(
    environment: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    *,
    make: Callable[..., SourceModel] = _parse,
) -> ModelCache:
    """The cache of whoever runs this; it keeps nothing where there is no place for it."""
    # Reports need nothing that is not in Python; where msgpack is missing they take longer.
    folder = _folder(environment, platform) if find_spec("msgpack") is not None else None
    return ModelCache(folder, make=make)


def _folder(environment: Mapping[str, str], platform: str) -> Path | None:
    """Where the platform wants caches."""
    if FOLDER_VARIABLE in environment:
        named = environment[FOLDER_VARIABLE]
        return Path(named).expanduser().absolute() if named else None
    try:
        if platform == "win32":
            local = environment.get("LOCALAPPDATA")
            base = Path(local) if local else Path.home() / "AppData" / "Local"
            return base / "minicov" / "Cache" / "models"
        if platform == "darwin":
            return Path.home() / "Library" / "Caches" / "minicov" / "models"
        # By the XDG base directory specification a relative path counts as none.
        named = environment.get("XDG_CACHE_HOME", "")
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # no home
        return None
    return base / "minicov" / "models"


@cache
def _analysis() -> list[str]:
    """What an analysis depends on besides the text and the rules: our own code and the compiler."""
    folder = Path(__file__).parent
    ours = [
        *sorted(folder.glob("*.py")),
        *sorted(folder.glob("_walks.*")),
        folder.parent / "model.py",
        *_tracer_files(),
    ]
    code = hashlib.sha256()
    for file in ours:
        with contextlib.suppress(OSError):  # in an archive: then the version alone must do
            code.update(file.read_bytes())
    compiler = f"{sys.implementation.cache_tag} {sys.version} {sys.flags.optimize}"
    return [VERSION, code.hexdigest(), compiler]


def _tracer_files() -> list[Path]:
    folder = Path(sources.__file__).parent
    return [folder / "decisions.py", folder / "sources.py"]
