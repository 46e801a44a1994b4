"""Which lines come with which: dominators and post-dominators.

The algorithm is that of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import TypeAlias

from minicov_lsp.model import Line
from minicov_lsp.source.flow import ENTRY, ControlFlowGraph

Successors: TypeAlias = Callable[[int], Iterable[int]]


def implied_lines(graph: ControlFlowGraph) -> dict[Line, frozenset[Line]]:
    """{line: lines that run whenever it runs, itself among them}, if nothing raises but what the code raises itself.

    What dominates a line ran before it, what post-dominates it will run; and what comes with those comes with it. In a
    handler something did raise: there only what has run for certain counts, and what comes after. Lines that control
    never reaches are left out. A line that is compiled more than once has what all its copies have.
    """
    exit_ = len(graph.blocks)
    before = immediate_dominators(ENTRY, _forward(graph))
    after = immediate_dominators(exit_, _backward(graph))
    met = _lines_met(graph, before.keys(), after.keys())
    edges = [
        [tree[block] for tree in (before, after) if tree.get(block, block) not in {block, exit_}]
        for block in range(exit_)
    ]
    unraised = postorder([ENTRY], lambda number: graph.blocks[number].successors)
    in_handlers = {
        block: frozenset(met[block].union(graph.blocks[other].line for other in _around(block, before, after)) - {0})
        for block in before.keys() - set(unraised)
    }
    return _by_line(graph, in_handlers, before) | _by_line(graph, _closures(unraised, edges, met), before)


def _around(block: int, before: Mapping[int, int], after: Mapping[int, int]) -> Iterator[int]:
    """The blocks that dominate a block, and those that post-dominate it without the exit."""
    yield from _chain(block, before)
    yield from list(_chain(block, after))[:-1]


def _by_line(
    graph: ControlFlowGraph, implied: Mapping[int, frozenset[Line]], before: Mapping[int, int]
) -> dict[Line, frozenset[Line]]:
    """{line: what all its blocks imply}; a block that only runs after another one of its line says nothing more."""
    found: dict[Line, frozenset[Line]] = {}
    for block, lines in implied.items():
        line = graph.blocks[block].line
        if line and not any(graph.blocks[other].line == line for other in islice(_chain(block, before), 1, None)):
            found[line] = found[line] & lines if line in found else lines
    return found


def _chain(node: int, tree: Mapping[int, int]) -> Iterator[int]:
    """A node and all that dominate it, nearest first."""
    while node in tree:
        yield node
        if tree[node] == node:
            return
        node = tree[node]


def _forward(graph: ControlFlowGraph) -> Successors:
    """Where control goes from a block, exceptions included."""
    return lambda number: (*graph.blocks[number].successors, *graph.blocks[number].handlers)


def _backward(graph: ControlFlowGraph) -> Successors:
    """Where control comes from; the exit is the number after the last block's. What could raise is taken not to."""
    exit_ = len(graph.blocks)
    comes_from: list[list[int]] = [[] for _ in range(exit_ + 1)]
    for number, block in enumerate(graph.blocks):
        for follower in (*block.successors, exit_) if block.leaves else block.successors:
            comes_from[follower].append(number)
    return lambda number: comes_from[number]


def _lines_met(graph: ControlFlowGraph, reached: AbstractSet[int], leaving: AbstractSet[int]) -> list[set[Line]]:
    """For each block its own line, and those compiled more than once of which one copy or another is always met.

    No single copy of a `finally` dominates what comes after it, but all ways lead through one of them.
    """
    lines = [{block.line} - {0} for block in graph.blocks]
    copies: dict[Line, set[int]] = {}
    for number in reached:
        copies.setdefault(graph.blocks[number].line, set()).add(number)
    for line, blocks in copies.items():
        if line and len(blocks) > 1:
            around = _reached(ENTRY, _forward(graph), blocks), _reached(len(graph.blocks), _backward(graph), blocks)
            for number in (reached - around[0]) | (reached & leaving - around[1]):
                lines[number].add(line)
    return lines


def _reached(root: int, successors: Successors, without: AbstractSet[int]) -> set[int]:
    """The nodes that can be reached without going through some."""
    return set(postorder([root], lambda number: (end for end in successors(number) if end not in without)))


def immediate_dominators(root: int, successors: Successors) -> dict[int, int]:
    """{node: its immediate dominator} for every node that can be reached from the root; the root is its own."""
    order = postorder([root], successors)
    rank = {node: position for position, node in enumerate(order)}
    predecessors: dict[int, list[int]] = {node: [] for node in order}
    for node in order:
        for follower in successors(node):
            predecessors[follower].append(node)
    found = {root: root}
    is_changed = True
    while is_changed:
        is_changed = False
        for node in reversed(order[:-1]):
            known = [before for before in predecessors[node] if before in found]
            chosen = known[0]
            for other in known[1:]:
                chosen = _common(chosen, other, found, rank)
            if found.get(node) != chosen:
                found[node] = chosen
                is_changed = True
    return found


def _common(one: int, other: int, found: Mapping[int, int], rank: Mapping[int, int]) -> int:
    """The nearest node that dominates both."""
    while one != other:
        while rank[one] < rank[other]:
            one = found[one]
        while rank[other] < rank[one]:
            other = found[other]
    return one


def postorder(roots: Iterable[int], successors: Successors) -> list[int]:
    """All nodes that can be reached, each after those first reached from it."""
    order: list[int] = []
    seen: set[int] = set()
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        waiting = [(root, iter(successors(root)))]
        while waiting:
            node, followers = waiting[-1]
            follower = next((follower for follower in followers if follower not in seen), None)
            if follower is None:
                order.append(node)
                waiting.pop()
            else:
                seen.add(follower)
                waiting.append((follower, iter(successors(follower))))
    return order


def _closures(
    nodes: Iterable[int], edges: Sequence[Sequence[int]], lines: Sequence[AbstractSet[Line]]
) -> dict[int, frozenset[Line]]:
    """{node: the lines of all nodes that it implies}, one set for all nodes that imply each other.

    Those are the strongly connected components, found by the algorithm of Kosaraju and Sharir, last ones first.
    """
    backward: list[list[int]] = [[] for _ in edges]
    for node, ends in enumerate(edges):
        for end in ends:
            backward[end].append(node)
    implied: dict[int, frozenset[Line]] = {}
    # By postorder of the graph turned around, each search forward finds one group and meets none but finished ones.
    chosen = set(nodes)
    turned = postorder(sorted(chosen), lambda number: (start for start in backward[number] if start in chosen))
    for node in reversed(turned):
        if node not in implied:
            group = postorder([node], lambda number: (end for end in edges[number] if end not in implied))
            outside = (implied[end] for member in group for end in edges[member] if end in implied)
            own: set[Line] = set().union(*(lines[member] for member in group))
            implied.update(dict.fromkeys(group, frozenset(own.union(*outside))))
    return implied
