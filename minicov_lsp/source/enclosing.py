"""The classes around an edited definition: what of them follows from what is inside, and must be made anew with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from minicov_lsp.model import Definition, Line, Region, SourceModel, Span
from minicov_lsp.source.pieces import Moves


@dataclass(frozen=True, slots=True)
class Frame:
    """A class around a definition, and the region that its body is; None where that is excluded."""

    definition: Definition
    region: Region | None


class Place(Protocol):
    """Where the definition stands, and what becomes of the lines around it."""

    @property
    def first(self) -> Line:
        """Its first line, before the edit."""

    @property
    def last(self) -> Line:
        """Its last line, before the edit."""

    def moved(self, line: int) -> int:
        """Where a line outside is now. Raises ValueError for one inside."""


def chain(definitions: Iterable[Definition], first: Line, last: Line) -> list[Definition]:
    """The definition in which all lines after `first` up to `last` are, after all the classes that it is in.

    Empty where there is none. What is in a function is not told apart from it.
    """
    found: list[Definition] = []
    for definition in definitions:
        if definition.first_line > first or (found and found[-1].kind != "class"):
            break
        if definition.end_line >= last:
            found.append(definition)
    return found


def frames(model: SourceModel, around: Sequence[Definition]) -> tuple[Frame, ...]:
    """What a model has of some classes."""
    if not around:
        return ()
    bodies = {(each.span.line, each.span.end_line): each for each in model.regions if each.kind == "class"}
    return tuple(Frame(each, bodies.get((each.body_line, each.end_line))) for each in around)


def without(piece: SourceModel, gone: Sequence[Frame]) -> SourceModel:
    """A piece without the classes around it."""
    if not gone:
        return piece
    theirs = {id(each) for frame in gone for each in (frame.definition, frame.region)}
    return replace(
        piece,
        definitions=tuple([each for each in piece.definitions if id(each) not in theirs]),
        regions=tuple([each for each in piece.regions if id(each) not in theirs]),
    )


def with_frames(piece: SourceModel, renewed: Sequence[Frame]) -> SourceModel:
    """A piece with the classes around it again."""
    if not renewed:
        return piece
    definitions = [*piece.definitions, *(frame.definition for frame in renewed)]
    regions = [*piece.regions, *(frame.region for frame in renewed if frame.region is not None)]
    return replace(
        piece,
        definitions=tuple(sorted(definitions, key=lambda each: each.first_line)),
        regions=tuple(sorted(regions, key=lambda each: (each.span, each.kind))),
    )


def renewed(
    was: Sequence[Frame], before: Sequence[Frame], after: Sequence[Frame], place: Place, into: Moves
) -> list[Frame]:
    """The classes around a definition after it was edited.

    `before` and `after` are those around it by itself, before and after the edit; `into` moves lines from there.
    Raises ValueError where one can't be told from the other.
    """
    found = []
    for depth, (whole, old, new) in enumerate(zip(was, before, after, strict=True)):
        is_innermost = depth == len(was) - 1
        if is_innermost and old.definition.complexity != new.definition.complexity:
            raise ValueError(whole.definition.name)
        ends_inside = whole.definition.end_line <= place.last
        starts_inside = whole.definition.body_line >= place.first
        definition = whole.definition._replace(
            body_line=into[new.definition.body_line] if starts_inside else whole.definition.body_line,
            end_line=into[new.definition.end_line] if ends_inside else place.moved(whole.definition.end_line),
            own_lines=_own_lines(whole.definition, old.definition, new.definition, place, into),
        )
        found.append(Frame(definition, _region(whole, new, definition, starts_inside, ends_inside)))
    return found


def _own_lines(
    whole: Definition, before: Definition, after: Definition, place: Place, into: Moves
) -> tuple[tuple[Line, Line], ...]:
    """A class's own lines, of which those inside the edited definition are made anew."""
    ahead = [own for own in whole.own_lines if own[1] < place.first]
    behind = [(place.moved(own[0]), place.moved(own[1])) for own in whole.own_lines if own[0] > place.last]
    inside = [own for own in whole.own_lines if own[1] >= place.first and own[0] <= place.last]
    if inside != [(into[first], into[last]) for first, last in before.own_lines]:
        raise ValueError(whole.name)
    return (*ahead, *((into[first], into[last]) for first, last in after.own_lines), *behind)


def _region(whole: Frame, new: Frame, definition: Definition, starts_inside: bool, ends_inside: bool) -> Region | None:
    if whole.region is None:
        return None
    if new.region is None:
        raise ValueError(definition.name)
    start = new.region.span.column if starts_inside else whole.region.span.column
    end = new.region.span.end_column if ends_inside else whole.region.span.end_column
    return Region("class", Span(definition.body_line, start, definition.end_line, end))
