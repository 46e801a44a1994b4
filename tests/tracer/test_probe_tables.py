"""Probe tables are made once, and each code object has its own."""

from types import CodeType

from minicov_tracer.probe_tables import ProbeTables


def _code(number: int) -> CodeType:
    return compile(f"x = {number}", f"{number}.py", "exec")


def test_made_once() -> None:
    """A table that was kept is not made again for whoever takes it."""
    made: list[str] = []

    def make(code: CodeType) -> str:
        made.append(code.co_filename)
        return code.co_filename

    tables, code = ProbeTables(make), _code(1)
    assert (tables.keep(code), tables.take(code), made) == ("1.py", "1.py", ["1.py"])
    assert tables.take(code) == "1.py"


def test_ids_that_come_again() -> None:
    """A code object that has the id of one that is gone gets its own table."""
    tables, seen, came_again = ProbeTables(lambda code: code.co_filename), set(), 0
    for number in range(1000):
        code = _code(number)
        came_again += id(code) in seen
        seen.add(id(code))
        assert tables.take(code) == f"{number}.py"
        tables.keep(code)
        del code
    assert came_again > 0
