"""Random programs full of decisions, and the world they run in.

Both come from a seed. What a program does depends on nothing but the order in which it calls `Stage`, so it does
the same when it is rewritten.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

FUNCTIONS = 6
"""Functions in a program: plain ones, generators and coroutines in turn."""
STATEMENTS = 4
"""Statements in a function."""
CALLS = 40
"""Calls of functions from outside."""
_CATCHES = sys.version_info < (3, 14)
"""Python 3.14 and 3.15 leave some tests out of the exception table: in `try: x = a or 0 or b` what a's __bool__ raises
is not caught. So programs would not do the same when they are rewritten."""


class OopsError(Exception):
    """What operands raise."""


class Operand:
    """A value whose truth may be asked for: it may raise then, or run something first, but only the first time."""

    def __init__(self, truth: bool, before: Callable[[], object] | None = None, *, raises: bool = False) -> None:
        self._truth = truth
        self._before = before
        self._raises = raises

    def __bool__(self) -> bool:
        before, self._before = self._before, None
        if before is not None:
            before()
        if self._raises:
            raise OopsError
        return self._truth


class Stage:
    """What programs call: everything that happens by chance, or in turn."""

    def __init__(self, seed: int, edge: Callable[[], object]) -> None:
        self._random = random.Random(seed)
        self._edge = edge
        self._turns: list[threading.Semaphore] = []
        self._mine = threading.local()
        self.functions: list[Callable[..., Any]] = []
        self.depth = 0
        self.fuel_left = 0

    def t(self, *_: object) -> object:
        """Something that is true, false, or trouble."""
        chance = self._random.random()
        if chance < 0.06:
            raise OopsError
        truth = self._random.random() < 0.5
        if chance < 0.12:
            return Operand(truth, raises=self._random.random() < 0.5 and _CATCHES)
        if chance < 0.16:
            return Operand(truth, self.call if _CATCHES else self.call_safely)
        if chance < 0.18:
            self._edge()
        return self._random.choice([True, 1, "é", [0]] if truth else [False, 0, "", None, []])

    def n(self, *_: object) -> int:
        """A small number."""
        if self._random.random() < 0.04:
            raise OopsError
        return self._random.randrange(3)

    def o(self, *_: object) -> object:
        """None or not."""
        return self._random.choice([None, 1, Operand(False)])

    def call(self, *_: object) -> object:
        """Another function, or the same once more."""
        return self._deeper(self._call) if self._may_go_deeper() else self.t()

    def call_safely(self) -> object:
        """The same, whatever it raises."""
        with suppress(OopsError, AssertionError, RuntimeError):
            return self.call()
        return None

    def _call(self) -> object:
        made = self._random.choice(self.functions)(self.t(), self.n())
        return self._drive([made]) if hasattr(made, "send") else made

    def _may_go_deeper(self) -> bool:
        return self.depth < 3 and self.fuel_left > 0

    def _deeper(self, action: Callable[[], object]) -> object:
        self.depth += 1
        self.fuel_left -= 1
        try:
            return action()
        finally:
            self.depth -= 1

    def fuel(self, *_: object) -> bool:
        """Ends loops."""
        self.fuel_left -= 1
        return self.fuel_left > 0 and self._random.random() < 0.6

    def interleave(self, functions: list[Callable[..., Any]]) -> None:
        """Run some generators and coroutines in turns by chance; throw into some, close some, forget some."""
        if self._may_go_deeper():
            made = [self._random.choice(functions)(self.t(), self.n()) for _ in range(4)]
            self._deeper(lambda: self._drive(made))

    def _drive(self, going: list[Any]) -> object:
        result: object = None
        while going:
            one = self._random.choice(going)
            chance = self._random.random()
            try:
                if chance < 0.8:
                    one.send(None)
                    continue
                if chance < 0.88:
                    one.throw(OopsError)
                    continue
                one.close()
            except StopIteration as stop:
                result = stop.value
            except (OopsError, AssertionError, RuntimeError):
                pass
            going.remove(one)
        return result

    def hop(self, *_: object) -> object:
        """Let another thread run, if there are several."""
        mine = getattr(self._mine, "turn", None)
        if mine is not None and len(self._turns) > 1:
            self._pass_on()
            mine.acquire()
        return self.t()

    def _pass_on(self) -> None:
        if self._turns:
            self._random.choice(self._turns).release()

    def threads(self, functions: list[Callable[..., Any]]) -> None:
        """Run some functions in threads that take turns by chance; not in such a thread."""
        if self._may_go_deeper() and not self._turns:
            self._deeper(lambda: self._run_threads(functions))

    def _run_threads(self, functions: list[Callable[..., Any]]) -> None:
        calls = [(self._random.choice(functions), self.t(), self.n()) for _ in range(3)]
        turns = [threading.Semaphore(0) for _ in calls]
        self._turns = list(turns)

        def run(number: int) -> None:
            function, first, second = calls[number]
            self._mine.turn = turns[number]
            turns[number].acquire()
            try:
                made = function(first, second)
                if hasattr(made, "close"):
                    made.close()
            except (OopsError, AssertionError):
                pass
            finally:
                self._turns.remove(turns[number])
                self._pass_on()

        started = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
        for thread in started:
            thread.start()
        self._pass_on()
        for thread in started:
            thread.join()


class Awaited:
    """Awaiting it suspends once."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __await__(self) -> Generator[None, None, object]:
        yield
        return self._stage.t()


def _text(value: str, other: str) -> str:
    """A text made of two values; before 3.12 an f-string holds no quotes, comments or lines of its own (PEP 701)."""
    if sys.version_info >= (3, 12):
        return f"d = f'é{{{value}}} {{{other}!r}}'"
    return f"d = 'é' + str({value}) + repr({other})"


class Author:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._kind = "plain"
        self._in_scope_of_its_own = 0

    def program(self) -> str:
        """The source of a program whose functions are named f0, f1 and so on."""
        kinds = ["plain", "generator", "plain", "coroutine", "plain", "generator"]
        return "\n\n".join(self._function(number, kinds[number]) for number in range(FUNCTIONS)) + "\n"

    def _function(self, number: int, kind: str) -> str:
        self._kind = kind
        body = "\n".join(self._statement(1) for _ in range(STATEMENTS))
        head = "async def" if kind == "coroutine" else "def"
        end = "\n    return t()" if kind != "generator" else "\n    yield t()"
        return f"{head} f{number}(a, b):\n    c = d = ä = o(); p = q = n(); w = None\n{body}{end}"

    def _statement(self, indent: int) -> str:
        pad = "    " * indent
        make = self._random.choice(
            [
                self._if,
                self._if,
                self._while,
                self._for,
                self._try,
                self._match,
                self._simple,
                self._simple,
                self._simple,
            ]
            if indent < 3
            else [self._simple]
        )
        return f"{pad}try:\n{make(indent + 1)}\n{pad}except (Oops, AssertionError): pass"

    def _if(self, indent: int) -> str:
        pad = "    " * indent
        text = f"{pad}if {self._test()}:\n{self._block(indent)}"
        if self._random.random() < 0.4:
            text += f"\n{pad}elif {self._test()}:\n{self._block(indent)}"
        if self._random.random() < 0.5:
            text += f"\n{pad}else:\n{self._block(indent)}"
        return text

    def _while(self, indent: int) -> str:
        pad = "    " * indent
        test = self._random.choice(["fuel() and {}", "{} and fuel()", "fuel() and not {}"]).format(self._operand(3))
        end = self._random.choice(
            ["", "", f"\n{pad}    if {self._test()}: continue", f"\n{pad}    if {self._test()}: break"]
        )
        return f"{pad}while {test}:\n{self._block(indent)}{end}"

    def _for(self, indent: int) -> str:
        pad = "    " * indent
        return f"{pad}for c in [t, None, 0]:\n{self._block(indent)}"

    def _try(self, indent: int) -> str:
        """A `finally` that is compiled several times."""
        pad = "    " * indent
        leave = "" if self._kind == "generator" else f"\n{pad}    if {self._test()}: return t({self._value()})"
        return (
            f"{pad}for i in (1, 2):\n{pad}  try:\n{self._block(indent)}"
            f"\n{pad}    if {self._test()}: continue\n{pad}    if {self._test()}: break{leave}"
            f"\n{pad}  finally:\n{pad}    b = {self._value()}\n{pad}    if {self._test()}: a = n()"
        )

    def _match(self, indent: int) -> str:
        pad = "    " * indent
        return (
            f"{pad}match {self._value()}:\n{pad}  case 0 if {self._test()}:\n{self._block(indent)}"
            f"\n{pad}  case [x, *_] | x if {self._test()}:\n{self._block(indent)}"
            f"\n{pad}  case None: t()\n{pad}  case _: t()"
        )

    def _block(self, indent: int) -> str:
        if self._random.random() < 0.5:
            return f"{'    ' * (indent + 1)}{self._random.choice('abcd')} = t()"
        return self._statement(indent + 1)

    def _simple(self, indent: int) -> str:
        value, test, other = self._value(), self._test(), self._value()
        form = self._random.choice(
            [
                f"a = {value}", f"b = {value}; c = {other}", f"a = t({value}, [{other}])", f"{value}",
                f"assert {test}, {value}",
                f"d = {value} if {test} else {other}", _text(value, other),
                f"c = [0, 1][bool({value})]", f"b = not {value}", f"p = n(); d = 1 if p is None else {value}",
                f"a = {value}, (t(1 if a is not None else 2))",
                f"interleave([f1, f3, f5]); a = {value}", f"threads([f0, f2, f4]); b = {value}",
            ]
        )  # fmt: skip
        if self._random.random() < 0.35:
            inner = self._inner()
            form = self._random.choice([f"a = {inner}", f"if {inner}: b = t()", f"a = {inner} or {value}"])
        if self._kind != "plain":
            form = form.replace("threads(", "(lambda _: 0)(")
        return "    " * indent + form

    def _inner(self) -> str:
        """A decision in a comprehension or lambda."""
        self._in_scope_of_its_own += 1
        test, other, value = self._test(), self._test(), self._value()
        self._in_scope_of_its_own -= 1
        return self._random.choice(
            [
                f"[c for c in (1, None, 0) if {test}]", f"[{value} for c in (1, None) if {test} if {other}]",
                f"{{c: {value} for c in (0, None) if c is None}}", f"any(c for c in (0, 1, None) if {test})",
                f"sum(1 for c in (t(), o()) if c is not None and {test})", f"(lambda x=c: {value})()",
                f"len({{c for c in (1, 0) for d in (0, 1) if {test} if d is not None}})",
                f"list({value} for c in (1, 0))", f"(lambda c: 1 if c is None else {value})(o())",
            ]
        )  # fmt: skip

    def _test(self) -> str:
        return self._expression(self._random.choice([1, 2, 3, 3, 4]))

    def _value(self) -> str:
        return self._expression(self._random.choice([1, 2, 3, 4]))

    def _expression(self, depth: int) -> str:
        chance = self._random.random()
        if depth <= 0 or chance < 0.22:
            return self._leaf(depth)
        if chance < 0.72:
            operator = self._random.choice([" and ", " or ", "\n and ", "  # why\n or "])
            return "(" + operator.join(self._operand(depth) for _ in range(self._random.choice([2, 2, 2, 3, 4]))) + ")"
        if chance < 0.82:
            return f"(not {self._operand(depth)})"
        if chance < 0.91:
            return f"({self._operand(depth)} if {self._expression(depth - 1)} else {self._operand(depth)})"
        return self._chain()

    def _operand(self, depth: int) -> str:
        text = self._expression(depth - 1)
        return f"({text})" if self._random.random() < 0.2 else text

    def _chain(self) -> str:
        chains = [
            "n() < {} < n()",
            "0 <= {} < n() < 2",
            "p == {} in (0, 1)",
            "n() != {} is not None",
            "c is {} is None",
        ]
        return f"({self._random.choice(chains).format(self._random.choice(['n()', 'p', 'q', '(n() or 1)']))})"

    def _leaf(self, depth: int) -> str:
        leaves = [
            "t()", "t()", "t()", "a", "b", "c", "d", "ä", "call()", "t('é')", "c is None", "d is not None",
            "(c) is None", "o() is None", "n() in (0, 1)", "n() not in (0, 1)", "n() < n()", "p == q", "p is q",
            "hop()", "1", "0", "-1", "''", "None", "(1, 0)", "()", "__debug__", "(t() or c) is None",
            "not c is None", "not n() in (1,)", "a == 'é'",
        ]  # fmt: skip
        if depth > 0:
            leaves += [f"t({self._expression(depth - 1)})", f"(t() == ({self._expression(depth - 1)}))"]
        if not self._in_scope_of_its_own:
            leaves += ["(w := t())", "(w := n())"]
            leaves += {"generator": ["(yield)"] * 5, "coroutine": ["(await pause())"] * 5}.get(self._kind, [])
        return self._random.choice(leaves)


def perform(code: Any, seed: int, edge: Callable[[], object], **names: object) -> None:
    """Execute a compiled program and call its functions; the same seed makes the same happen."""
    stage = Stage(seed, edge)
    world: dict[str, Any] = {
        "__name__": "program", "Oops": OopsError, "t": stage.t, "n": stage.n, "o": stage.o, "call": stage.call,
        "fuel": stage.fuel, "hop": stage.hop, "interleave": stage.interleave, "threads": stage.threads,
        "pause": lambda: Awaited(stage), **names,
    }  # fmt: skip
    exec(code, world)
    stage.functions = [world[f"f{number}"] for number in range(FUNCTIONS)]
    for _ in range(CALLS):
        stage.depth, stage.fuel_left = 0, 12
        with suppress(OopsError, AssertionError):
            stage.call()
