"""What docs/conditions.md says of one evaluation's vector, word by word; it shares no code with the product."""

from __future__ import annotations

from dataclasses import dataclass, field

Span = tuple[int, int, int, int]
Key = tuple[str, Span]
"""A decision: its kind and its span, in lines and bytes."""
Vector = dict[tuple[str, int], bool]
"""{("condition" or "arms", number): truth} of what was evaluated."""
Bits = tuple[bool, bool, bool, bool]
"""Seen true, seen false, demonstrated true, demonstrated false."""
TELLER = "__teller__"


@dataclass
class Condition:
    number: int
    span: Span


@dataclass
class Constant:
    truth: bool


@dataclass
class Untested:
    pass


@dataclass
class Not:
    operand: Tree


@dataclass
class Joined:
    is_and: bool
    operands: list[Tree]


@dataclass
class Arms:
    number: int
    test: Tree
    body: Tree
    orelse: Tree


Tree = Condition | Constant | Untested | Not | Joined | Arms


@dataclass
class Decision:
    """A decision, and what was seen of it."""

    key: Key
    tree: Tree = field(default_factory=Untested)
    conditions: list[Condition] = field(default_factory=list)
    seen: dict[int, set[bool]] = field(default_factory=dict)
    demonstrated: dict[int, set[bool]] = field(default_factory=dict)

    def bits(self) -> list[Bits]:
        """Of each condition, in order of the text."""
        ordered = sorted(self.conditions, key=lambda condition: condition.span)
        return [
            (
                True in self.seen.get(one.number, ()),
                False in self.seen.get(one.number, ()),
                True in self.demonstrated.get(one.number, ()),
                False in self.demonstrated.get(one.number, ()),
            )
            for one in ordered
        ]


class IncompleteError(Exception):
    """A condition has not been evaluated yet, or an arm not been chosen."""

    def __init__(self, arms: Arms | None = None) -> None:
        self.arms = arms


def outcome(tree: Tree, vector: Vector) -> bool | None:
    """Rule 12; None for what is not tested. Raises IncompleteError."""
    if isinstance(tree, Condition):
        if ("condition", tree.number) not in vector:
            raise IncompleteError
        return vector["condition", tree.number]
    if isinstance(tree, Constant):
        return tree.truth
    if isinstance(tree, Not):
        inner = outcome(tree.operand, vector)
        return None if inner is None else not inner
    if isinstance(tree, Arms):
        return outcome(chosen(tree, vector), vector)
    if isinstance(tree, Joined):
        tested = [found for found in outcomes(tree, vector) if found is not None]
        return tested[-1] if tested else None
    return None


def chosen(arms: Arms, vector: Vector) -> Tree:
    """The arm that was taken."""
    if ("arms", arms.number) not in vector:
        raise IncompleteError(arms)
    return arms.body if vector["arms", arms.number] else arms.orelse


def outcomes(joined: Joined, vector: Vector) -> list[bool | None]:
    """The outcomes of the operands that were reached."""
    found: list[bool | None] = []
    for operand in joined.operands:
        found.append(outcome(operand, vector))
        if found[-1] is not None and found[-1] is not joined.is_and:
            break
    return found


def demonstrations(tree: Tree, vector: Vector) -> set[tuple[int, bool]]:
    """Rule 13: (condition, value) that a complete evaluation demonstrates, below one node and by that node's lights."""
    if isinstance(tree, Condition):
        return {(tree.number, vector["condition", tree.number])}
    if isinstance(tree, Not):
        return demonstrations(tree.operand, vector)
    if isinstance(tree, Arms):
        return demonstrations(chosen(tree, vector), vector)
    found: set[tuple[int, bool]] = set()
    if isinstance(tree, Joined):
        reached = outcomes(tree, vector)
        for number, mine in enumerate(reached):
            later = reached[number + 1 :]
            if not (mine is tree.is_and and (not tree.is_and) in later):
                found |= demonstrations(tree.operands[number], vector)
    return found


def decided(tree: Tree, vector: Vector) -> set[tuple[int, bool]] | None:
    """Rule 11: what an evaluation demonstrates if no further condition can be evaluated, else None.

    Which arm will be chosen does not matter where neither has a condition, and both come to the same.
    """
    try:
        outcome(tree, vector)
        return demonstrations(tree, vector)
    except IncompleteError as incomplete:
        arms = incomplete.arms
    if arms is None or conditions(arms.body) or conditions(arms.orelse):
        return None
    ends = [decided(tree, {**vector, ("arms", arms.number): choice}) for choice in (False, True)]
    return ends[0] if ends[0] == ends[1] else None


def conditions(tree: Tree) -> list[Condition]:
    """The conditions in a tree."""
    if isinstance(tree, Condition):
        return [tree]
    if isinstance(tree, Not):
        return conditions(tree.operand)
    if isinstance(tree, Arms):
        return conditions(tree.body) + conditions(tree.orelse)
    if isinstance(tree, Joined):
        return [found for operand in tree.operands for found in conditions(operand)]
    return []
