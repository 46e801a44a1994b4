"""How the classes of records.py are made: what dataclasses.py does, of its options `frozen` and `slots`, but later."""

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class _Missing:
    """Stands for a default that there is not."""


class Field:
    """What is said of a value, as dataclasses.Field has it."""

    __slots__ = ("compare", "default", "default_factory", "init", "metadata", "name", "repr")

    def __init__(
        self,
        *,
        default: object = _Missing,
        default_factory: object = _Missing,
        init: bool = True,
        repr: bool = True,  # noqa: A002  # the library's name
        compare: bool = True,
        metadata: Mapping[Any, Any] | None = None,
    ) -> None:
        self.name = ""
        self.default, self.default_factory, self.init = default, default_factory, init
        self.repr, self.compare, self.metadata = repr, compare, MappingProxyType(metadata or {})


def field(**said: Any) -> Any:
    """A value with more to say than its default."""
    return Field(**said)


def fields(record: Any) -> tuple[Field, ...]:
    """The values of a class, or of an instance's."""
    found: tuple[Field, ...] = record.__record_fields__
    return found


def replace(record: Any, /, **changes: Any) -> Any:
    """A copy with other values."""
    kept = {one.name: getattr(record, one.name) for one in fields(record) if one.init}
    return type(record)(**{**kept, **changes})


def dataclass(kind: type | None = None, /, *, frozen: bool = False, slots: bool = False) -> Any:
    """Make a class's annotations its values; with `slots` it is another class of the same name."""
    if kind is None:
        return lambda given: _made(given, is_frozen=frozen, has_slots=slots)
    return _made(kind, is_frozen=frozen, has_slots=slots)


def _made(kind: Any, *, is_frozen: bool, has_slots: bool) -> type:
    own = [_field(kind, name, said) for name, said in kind.__annotations__.items()]
    every = {one.name: one for base in reversed(kind.__mro__[1:]) for one in base.__dict__.get("__record_fields__", ())}
    inherited = set(every)
    every.update((one.name, one) for one in own if one is not None)
    if has_slots:
        members = {name: value for name, value in kind.__dict__.items() if name not in every}
        members.pop("__dict__", None)
        members.pop("__weakref__", None)
        members["__slots__"] = tuple(name for name in every if name not in inherited)
        made = type(kind)(kind.__name__, kind.__bases__, members)
        made.__qualname__ = kind.__qualname__
    else:
        made = kind
        for one in every.values():
            if one.default is not _Missing:
                setattr(made, one.name, one.default)
            elif one.name in made.__dict__:
                delattr(made, one.name)
    made.__record_fields__ = tuple(every.values())
    setattr(made, "__match_args__", tuple(one.name for one in every.values() if one.init))  # noqa: B010  # mypy forbids it
    made.__dataclass_fields__, made.__dataclass_params__ = _LibrarysFields(), SimpleNamespace(frozen=is_frozen)
    _add_methods(made, is_frozen=is_frozen, has_slots=has_slots)
    return made  # type: ignore[no-any-return]


def _field(kind: type, name: str, said: str) -> Field | None:
    if said.startswith("ClassVar"):
        return None
    given = kind.__dict__.get(name, _Missing)
    found = given if isinstance(given, Field) else Field(default=given)
    found.name = name
    return found


class _LibrarysFields:
    """`__dataclass_fields__`, made when the standard library asks for them."""

    def __get__(self, record: object, kind: type) -> Mapping[str, Any]:
        import dataclasses

        made = []
        for one in fields(kind):
            said = {"init": one.init, "repr": one.repr, "compare": one.compare, "metadata": one.metadata}
            given = {"default": one.default, "default_factory": one.default_factory}
            said.update((name, value) for name, value in given.items() if value is not _Missing)
            made.append((one.name, object, dataclasses.field(**said)))  # type: ignore[call-overload]
        library: Any = dataclasses.make_dataclass(kind.__name__, made)
        found: Mapping[str, Any] = library.__dataclass_fields__
        kind.__dataclass_fields__ = found  # type: ignore[attr-defined]  # in the place of this
        return found


def _add_methods(kind: Any, *, is_frozen: bool, has_slots: bool) -> None:
    """Give it all methods that it hasn't; those to be compiled are when the first of them is called."""
    given = set(kind.__dict__)
    if is_frozen:
        kind.__setattr__ = kind.__delattr__ = _refuse
        if has_slots:
            kind.__getstate__, kind.__setstate__ = _state, _set_state  # as pickle and copy need it
    wanted = [name for name in ("__init__", "__eq__", "__repr__") if name not in given]
    if kind.__dict__.get("__hash__") is None:  # as Python leaves it beside an `__eq__`, too
        kind.__hash__ = None
        wanted += ["__hash__"] if is_frozen else []
    for name in wanted:
        setattr(kind, name, _later(kind, name, wanted, is_frozen=is_frozen))


def _later(kind: Any, name: str, wanted: list[str], *, is_frozen: bool) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **named: Any) -> Any:
        for one, compiled in _compiled(kind, is_frozen=is_frozen).items():
            if one in wanted:
                compiled.__qualname__ = f"{kind.__qualname__}.{one}"
                setattr(kind, one, compiled)
        return getattr(kind, name)(self, *args, **named)

    method.__name__ = name
    return method


def _compiled(kind: type, *, is_frozen: bool) -> dict[str, Callable[..., Any]]:
    """The methods of a class."""
    known: dict[str, Any] = {"_Missing": _Missing, "_set": object.__setattr__}
    head, body = [], []
    for one in fields(kind):
        name, value = one.name, one.name
        default = ""
        if one.default is not _Missing:
            known[f"_default_{name}"], default = one.default, f"=_default_{name}"
            value = name if one.init else f"_default_{name}"
        elif one.default_factory is not _Missing:
            known[f"_make_{name}"], default = one.default_factory, "=_Missing"
            value = f"_make_{name}() if {name} is _Missing else {name}" if one.init else f"_make_{name}()"
        elif not one.init:  # whoever has such a value sets it
            continue
        if one.init:
            head.append(name + default)
        body.append(f"_set(self, {name!r}, {value})" if is_frozen else f"self.{name} = {value}")
    own, others = (
        "(" + "".join(f"{of}.{one.name}, " for one in fields(kind) if one.compare) + ")" for of in ("self", "other")
    )
    shown = ", ".join(f"{one.name}={{self.{one.name}!r}}" for one in fields(kind) if one.repr)
    source = f"""
def __init__({", ".join(["self", *head])}):
    {"; ".join(body) or "pass"}
def __eq__(self, other):
    return {own} == {others} if other.__class__ is self.__class__ else NotImplemented
def __hash__(self):
    return hash({own})
def __repr__(self):
    return f"{{self.__class__.__qualname__}}({shown})"
"""
    found: dict[str, Callable[..., Any]] = {}
    exec(source, known, found)  # noqa: S102  # names of ours
    return found


def _refuse(_record: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change {name!r}")


def _state(record: Any) -> list[object]:
    return [getattr(record, one.name) for one in fields(record)]


def _set_state(record: Any, state: list[object]) -> None:
    for one, value in zip(fields(record), state, strict=True):
        object.__setattr__(record, one.name, value)
