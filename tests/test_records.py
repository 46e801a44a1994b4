"""Classes of records.py are dataclasses in all that anyone can see, but for when they are made."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
import subprocess
import sys
from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest

from minicov_lsp import record_maker

LIBRARY = pytest.mark.parametrize("maker", [dataclasses, record_maker], ids=["library", "ours"])
OPTIONS = pytest.mark.parametrize(("frozen", "slots"), list(itertools.product((False, True), repeat=2)))


def point(maker: ModuleType, frozen: bool, slots: bool) -> type:
    """A class with everything that can be said of values."""

    @maker.dataclass(frozen=frozen, slots=slots)
    class Point:
        """A place."""

        made: ClassVar[int] = 3
        x: int
        y: int = 2
        names: Mapping[str, int] = maker.field(default_factory=dict)
        hidden: tuple[int, ...] = maker.field(default=(), compare=False, repr=False, metadata={"of": "test"})

        def total(self) -> int:
            return self.x + self.y

    return Point


@LIBRARY
@OPTIONS
def test_values(maker, frozen, slots):
    """Values are given by place or name, or are defaults, of which each instance has its own where they are made."""
    kind = point(maker, frozen, slots)
    one, other = kind(1), kind(1, 2, hidden=(3,))
    assert (one.x, one.y, one.names, one.hidden, one.total(), one.made) == (1, 2, {}, (), 3, 3)
    assert one.names is not other.names
    assert kind(y=5, x=4).y == 5
    for bad in ({}, {"x": 1, "z": 2}):
        with pytest.raises(TypeError):
            kind(**bad)


@LIBRARY
@OPTIONS
def test_comparison_and_text(maker, frozen, slots):
    """Instances of one class are equal by what is compared, and show what is to be shown."""
    kind = point(maker, frozen, slots)
    assert kind(1) == kind(1, hidden=(3,))
    assert kind(1) != kind(2)
    assert kind(1) != point(maker, frozen, slots)(1)
    assert kind(1) != SimpleNamespace(x=1, y=2, names={}, hidden=())
    assert repr(kind(1, names={"a": 1})).rpartition(".")[2] == "Point(x=1, y=2, names={'a': 1})"
    assert kind.__doc__ == "A place."
    assert kind.__match_args__ == ("x", "y", "names", "hidden")
    assert hasattr(kind(1), "__dict__") is not slots


@LIBRARY
@pytest.mark.parametrize("slots", [False, True])
def test_frozen_ones_are_keys_and_stay_as_they_are(maker, slots):
    """Only frozen ones can be keys, and cannot be changed."""
    frozen, changeable = (point(maker, is_frozen, slots)(1, names=()) for is_frozen in (True, False))
    assert {frozen, type(frozen)(1, names=())} == {frozen}
    with pytest.raises(TypeError):
        hash(changeable)
    changeable.x = 7
    assert changeable.total() == 9
    for change in (lambda: setattr(frozen, "x", 7), lambda: delattr(frozen, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()


@LIBRARY
@OPTIONS
def test_what_the_library_does_with_them(maker, frozen, slots):
    """Copies with changes, as dicts and tuples: also of a class that was not used before."""
    kind = point(maker, frozen, slots)
    assert [one.name for one in dataclasses.fields(kind)] == ["x", "y", "names", "hidden"]
    assert dataclasses.fields(kind)[3].metadata == {"of": "test"}
    one = kind(1, names={"a": 1})
    for module in (dataclasses, maker):
        assert module.replace(one, x=5) == kind(5, names={"a": 1})
        assert [found.name for found in module.fields(one)] == ["x", "y", "names", "hidden"]
    assert dataclasses.asdict(one) == {"x": 1, "y": 2, "names": {"a": 1}, "hidden": ()}
    assert dataclasses.astuple(one) == (1, 2, {"a": 1}, ())


@record_maker.dataclass(frozen=True, slots=True)
class Sent:
    """One that another process reads, which has made none."""

    x: int
    y: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Wider(Sent):
    """A dataclass of the library on one of ours."""

    z: int = 3


def test_copies_are_used_first():
    """One that comes into being without being made can be compared, hashed and shown, also the first of its class."""
    for method in ("__eq__", "__hash__", "__repr__"):

        @record_maker.dataclass(frozen=True, slots=True)
        class Late:
            x: int

        late = Late.__new__(Late)
        late.__setstate__([4])
        expected = {"__eq__": True, "__hash__": hash((4,)), "__repr__": f"{Late.__qualname__}(x=4)"}[method]
        assert getattr(late, method)(*[late] * (method == "__eq__")) == expected
    sent = Sent(1, (2,))
    assert pickle.loads(pickle.dumps(sent)) == copy.copy(sent) == copy.deepcopy(sent) == sent


def test_classes_on_others():
    """A class has its base's values before its own, whoever made either."""
    assert (Wider(1).z, Wider(1, (2,), 5).y, repr(Wider(1))) == (3, (2,), "Wider(x=1, y=(), z=3)")

    @record_maker.dataclass(frozen=True, slots=True)
    class Ours(Sent):
        y: tuple[int, ...] = (9,)
        z: int = 4

    assert Ours(1) == Ours(1, (9,), 4)
    assert Ours(1) != Sent(1, (9,))


@LIBRARY
@OPTIONS
def test_values_that_nobody_gives(maker, frozen, slots):
    """What is not given when an instance is made has its default, its own where one is made, or is set later."""

    @maker.dataclass(frozen=frozen, slots=slots)
    class Run:
        name: str
        time: int = maker.field(init=False, default=5)
        found: list[int] = maker.field(init=False, default_factory=list)
        later: int = maker.field(init=False, repr=False, compare=False)

    one = Run("a")
    object.__setattr__(one, "later", 7)
    assert (one.name, one.time, one.found, one.later) == ("a", 5, [], 7)
    assert one.found is not Run("a").found
    assert one == maker.replace(one)
    with pytest.raises(TypeError):
        Run("a", 6)


def test_methods_of_ones_own():
    """What a class says of itself is not replaced."""

    @record_maker.dataclass(frozen=True)
    class Own:
        x: int

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

    assert (repr(Own(1)), Own(1) == 5, hash(Own(1)) == hash((1,))) == ("own", True, True)


@pytest.mark.parametrize("command", ["combine", "erase", "report", "run"])
def test_a_command_starts_without_the_library(command):
    """What loads much is loaded by no command that has no use for it."""
    script = f"""
import sys
from minicov_lsp.commands.table import load
load({command!r})
print(sorted({{"dataclasses", "inspect", "pygls", "rich"}} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
