"""What runs decide, rule by rule (docs/conditions.md), on every core.

Each condition is told in letters: t and f for seen true and false, T and F for demonstrated at true and at false.
"""

from __future__ import annotations

import gc
import re
import threading
from types import CodeType, ModuleType

import pytest

from minicov_tracer.jumps import meetings

from .conftest import DECIDING
from .deciding import Judge, decide
from .modules import code_objects


def raises(*_: object) -> bool:
    raise LookupError


def test_single_condition(decider: ModuleType) -> None:
    """A test of one operand is a decision, and each truth of it demonstrates itself (1, 13)."""
    found = decide(decider, "for x in (1, 0): y = 1 if x else 2\nif not x: pass\n")
    assert found == {"x": ["tfTF"], "not x": ["fF"]}


def test_masked_by_a_later_operand(decider: ModuleType) -> None:
    """Of an `and` that comes out false, only the operand that made it so is demonstrated (13)."""
    assert decide(decider, "a = 1; b = 0\nif a and b: pass\n") == {"a and b": ["t", "fF"]}
    assert decide(decider, "a = 0; b = 1\nif a or b: pass\n") == {"a or b": ["f", "tT"]}
    assert decide(decider, "a = 1; b = 1\nif a and b: pass\n") == {"a and b": ["tT", "tT"]}


@pytest.mark.parametrize("test", ["(a and b) or c", "(a or b) and c", "not (a and b) and c", "(a or b) and (c or d)"])
def test_ways_that_meet(decider: ModuleType, test: str) -> None:
    """Where ways through a decision meet again, all that they demonstrate is told and no more (13, 14)."""
    source = f"import itertools\nfor a, b, c, d in itertools.product((0, 1), repeat=4):\n    if {test}: pass\n"
    assert decide(decider, source)[test] == ["tfTF"] * len(re.findall(r"\b[abcd]\b", test))


def test_meeting_remembers_the_way(decider: ModuleType) -> None:
    """(a and b) or c: whether c or a decided depends on the way to c (13)."""
    assert decide(decider, "a = 0; b = 1; c = 0\nif (a and b) or c: pass\n") == {"(a and b) or c": ["fF", "", "fF"]}
    assert decide(decider, "a = 1; b = 0; c = 0\nif (a and b) or c: pass\n") == {"(a and b) or c": ["t", "fF", "fF"]}
    assert decide(decider, "a = 1; b = 0; c = 1\nif (a and b) or c: pass\n") == {"(a and b) or c": ["t", "f", "tT"]}


def test_value(decider: ModuleType) -> None:
    """The last operand of a value is not tested, and masks nothing (4, 12)."""
    assert decide(decider, "a = 1; b = 0\nx = a and b\n") == {"a and b": ["tT"]}
    assert decide(decider, "a = 0; b = 1; c = 0\nx = (a and b) or c\n") == {"(a and b) or c": ["fF", ""]}
    assert decide(decider, "a = 1; b = 0; c = 0\nx = (a and b) or c\n") == {"(a and b) or c": ["t", "fF"]}


def test_chain_is_an_and(decider: ModuleType) -> None:
    """The links of a chained comparison are conditions (3)."""
    assert decide(decider, "x = 1\nif 0 < x < 3: pass\n") == {"0 < x < 3": ["tT", "tT"]}
    assert decide(decider, "x = 5\nif 0 < x < 3 or x == 5: pass\n") == {"0 < x < 3 or x == 5": ["t", "f", "tT"]}


@pytest.mark.parametrize("test", ["not (a in b)", "not a in b", "not (not a in b)", "not (a is None)"])
def test_truth_is_the_operands_own(decider: ModuleType, test: str) -> None:
    """A condition has the truth of the operand as it is written, though the compiler inverts operators (5)."""
    truth = "tT" if "is" not in test else "fF"
    assert decide(decider, f"a = 1; b = (1,)\nif {test}: pass\n") == {test: [truth]}


def test_constants(decider: ModuleType) -> None:
    """A constant is no condition, and what it rules out is none; a test without conditions is no decision (6)."""
    source = "a = 1\nwhile True: break\nif a and (a or True): pass\nx = 0 or a\ny = a or 1\nif a and 0: pass\n"
    assert decide(decider, source) == {"a and (a or True)": ["tT"], "a or 1": ["tT"]}


def test_arms(decider: ModuleType) -> None:
    """A conditional expression in a decision is whichever arm was taken; its test is a decision of its own (3)."""
    source = "p = 1; q = 0; r = 0\nfor t in (1, 0):\n    x = (p if t else q) or r\n"
    assert decide(decider, source) == {"(p if t else q) or r": ["tT", "fF"], "t": ["tfTF"]}


def test_constant_arm_masks(decider: ModuleType) -> None:
    """A constant operand takes part in masking (6, 13)."""
    source = "a = 1; q = 1\nfor t in (1, 0):\n    if a and (0 if t else q): pass\n"
    assert decide(decider, source)["a and (0 if t else q)"] == ["tT", "tT"]
    assert decide(decider, source.replace("(1, 0)", "(1,)"))["a and (0 if t else q)"] == ["t", ""]


def test_arm_that_a_constant_rules_out(decider: ModuleType) -> None:
    """It has no conditions, and hides none of the others where the compiler keeps its code (6)."""
    value = "((a and b and c) if (h or (1, 0)) else (n < z < h)) or z"
    source = f"b = c = 1; h = n = z = 0\nfor a in (0, 1):\n    x = {value}\n"
    assert decide(decider, source) == {value: ["tfTF", "tT", "tT"]}


def test_body_stands_before_its_test(decider: ModuleType) -> None:
    """What is written first is not what is evaluated first, also where the compiler gives two operands one place."""
    source = """\
        def f(a, b, c):
            x = a < (max(a, b and c) if (w := a or b) else 0)
        f(0, 1, 1), f(1, 0, 1)
    """
    assert decide(decider, source) == {"a or b": ["tfTF"], "w := a or b": ["tT"], "b and c": ["tfTF"]}


def test_finally_is_one_decision(decider: ModuleType) -> None:
    """Copies that the compiler makes count together (8)."""
    source = """\
        def f(a, b, c, leave):
            while True:
                try:
                    if leave:
                        return
                    break
                finally:
                    if (a or b) and c: pass
        for leave in (0, 1):
            f(leave, 1, 1, leave); f(0, 0, 1, leave); f(1, 0, 1 - leave, leave)
    """
    assert decide(decider, source)["(a or b) and c"] == ["tfTF", "tfTF", "tfTF"]


def test_while_is_one_decision(decider: ModuleType) -> None:
    """The test of `while` is compiled twice and one decision (8)."""
    source = "n = [(0, 1, 1), (1, 0, 1), (0, 0, 1), (1, 0, 0)]\nwhile (n[0][0] or n[0][1]) and n[0][2]: del n[0]\n"
    assert list(decide(decider, source).values()) == [["tfTF", "tfTF", "tT"]]


def test_exception_abandons(decider: ModuleType) -> None:
    """An operand that raises was not evaluated, and what came before is seen but not demonstrated (10, 11)."""
    source = """\
        a = 1
        try:
            if (a or 0) and (raises() or a): pass
        except LookupError: pass
        class Bad:
            __bool__ = raises
        try:
            if a and Bad(): pass
        except LookupError: pass
        try:
            x = a or raises()
            x = 0 or a and raises()
        except LookupError: pass
    """
    found = decide(decider, source, raises=raises)
    assert found["(a or 0) and (raises() or a)"] == ["t", "", ""]
    assert found["a and Bad()"] == ["t", ""]
    assert found["a or raises()"] == ["tT"]
    assert found["0 or a and raises()"] == ["tT"]


def test_abandoned_is_forgotten(decider: ModuleType) -> None:
    """An evaluation that was abandoned adds nothing to the next one in the same frame (9, 11)."""
    source = """\
        def f():
            for a, b, c in ((1, 1, None), (0, 1, 1)):
                try:
                    if (a or b) and c.real: pass
                except AttributeError: pass
        f()
    """
    assert decide(decider, source)["(a or b) and c.real"] == ["tf", "tT", "tT"]


def test_recursion(decider: ModuleType) -> None:
    """Each frame has an evaluation of its own (9)."""
    source = """\
        def f(n):
            return True if (n > 2 or n < 0 or f(n + 1)) and n < 2 else False
        f(0)
    """
    assert decide(decider, source)["(n > 2 or n < 0 or f(n + 1)) and n < 2"] == ["tfF", "fF", "fF", "fF"]


def test_interleaved_generators(decider: ModuleType) -> None:
    """Generators interleave their evaluations; one that is never resumed demonstrates nothing (9, 11)."""
    source = """\
        def g(a, b):
            if (a or b) and (yield): pass
        one, other, left = g(1, 0), g(0, 1), g(0, 0)
        third = g(1, 0)
        for made in (one, other, third): next(made)
        for made, sent in ((other, 0), (one, 1)):
            try: made.send(sent)
            except StopIteration: pass
        third.close()
        for _ in left: pass
    """
    assert decide(decider, source)["(a or b) and (yield)"] == ["tfTF", "tfF", "tfTF"]


def test_coroutines(decider: ModuleType) -> None:
    """Suspending in an `await` does not end an evaluation; cancelling does (9, 11)."""
    source = """\
        import asyncio
        async def f(a, b):
            if (a or b) and await asyncio.sleep(0, 1): pass
        async def main():
            tasks = [asyncio.create_task(f(a, b)) for a, b in ((1, 0), (0, 1), (0, 0))]
            await asyncio.sleep(0)
            tasks[0].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run(main())
    """
    assert decide(decider, source)["(a or b) and await asyncio.sleep(0, 1)"] == ["tfF", "tfTF", "tT"]


def test_threads(decider: ModuleType) -> None:
    """Threads that are in one decision at a time don't mix (9)."""
    source = """\
        def f(a, b, mine, next_one):
            if (a or b) and (mine.acquire() and not next_one.release()): pass
        locks = [threading.Semaphore(0), threading.Semaphore(0)]
        threads = [threading.Thread(target=f, args=(1 - n, n, locks[n], locks[1 - n])) for n in (0, 1)]
        for thread in threads: thread.start()
        locks[1].release()
        for thread in threads: thread.join()
    """
    found = decide(decider, source, threading=threading)
    assert found["(a or b) and (mine.acquire() and not next_one.release())"] == ["tfT", "tT", "tT", "fF"]


def test_many_conditions(decider: ModuleType) -> None:
    """A decision may have more conditions than a machine word has bits."""
    names = [f"v[{number}]" for number in range(150)]
    test = f"({' or '.join(names)}) and v[150]"
    source = f"for n in range(151):\n    v = [k == n or k == 150 for k in range(151)]\n    if {test}: pass\n"
    assert decide(decider, source)[test] == [*["tfTF"] * 150, "tT"]


def test_contexts(decider: ModuleType) -> None:
    """Each context learns all anew, and an evaluation that begins in one may end in the next."""
    source = "def f(a, b, c):\n    if (a or b) and edge(c): pass\n"
    judge = Judge(decider, source)

    def edge(c: int) -> int:
        judge.flush()
        return c

    def perform(code: CodeType) -> None:
        names = {"edge": edge}
        exec(code, names)
        for _ in range(3):
            for a, b, c in ((1, 0, 1), (0, 1, 1), (0, 0, 1), (1, 0, 0), (0, 1, 0)):
                names["f"](a, b, c)  # type: ignore[operator]  # exec made it

    judge.run(perform)
    assert list(judge.bits().values()) == [[(True, True, True, True)] * 3]


def test_text_that_is_not_what_ran(decider: ModuleType) -> None:
    """A file that was edited since it was compiled decides nothing wrong, and does not disturb."""
    judge = Judge(decider, "if (a or b) and c: pass\n")
    other = compile("x = 1\n\n\nif (x or 0 or x) and x: pass\n", "/measured/program.py", "exec")
    judge.run(lambda _: exec(other, {}))
    assert list(judge.bits().values()) == [[(False,) * 4] * 3]


def test_frames_are_not_kept_alive(decider: ModuleType) -> None:
    """Neither generators that were dropped in mid-evaluation nor what they hold live on."""
    source = """\
        class Held: pass
        def g(held):
            if (held is None or held) and (yield): pass
        def run():
            for _ in range(1000):
                next(g(Held()))
        run()
    """
    decide(decider, source)
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one).__name__ == "Held"]


def test_deep_recursion_is_measured(decider: ModuleType) -> None:
    """A function that is first called at the end of the program's stack is analysed all the same."""
    if decider.Core.name == "python":
        pytest.skip("callbacks in Python need the program's stack")
    source = """\
        def inner(a, b, c):
            return 1 if (a or b) and c else 0
        def dive():
            try:
                dive()
            except RecursionError:
                try:
                    inner(1, 0, 1)
                except RecursionError: pass
                raise
        try:
            dive()
        except RecursionError: pass
    """
    assert decide(decider, source)["(a or b) and c"] == ["tT", "", "tT"]


def test_c_finds_the_same_meetings(module_code: CodeType) -> None:
    """The C core finds the same places, on real modules."""
    native = pytest.importorskip(f"minicov_tracer.{DECIDING[0]}", reason="the C core is not built for this Python")
    for code in code_objects(module_code):
        assert list(native.meetings(code)) == meetings(code), code.co_qualname
