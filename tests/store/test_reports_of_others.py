"""LCOV tracefiles and Cobertura reports: what is in them, and what is refused."""

from __future__ import annotations

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.store.cobertura import is_cobertura, read_cobertura
from minicov_lsp.store.foreign import Ways
from minicov_lsp.store.lcov import is_lcov, read_lcov

LCOV = """\
TN:
SF:shop/basket.py
FN:1,3,total
FNDA:1,total
DA:1,1
DA:2,4,checksum
DA:3,0
DA:4,=
BRDA:2,0,jump to line 3, or so,0
BRDA:2,0,exit the function 'total',1
BRDA:3,0,0,-
LF:3
LH:2
end_of_record
TN:test_b
SF:shop/basket.py
DA:3,1
end_of_record
""".replace("DA:4,=\n", "")

COBERTURA = """\
<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage version="7.10" line-rate="0.5">
  <sources><source>/old/src</source><source>/new/src</source></sources>
  <packages><package name="shop"><classes>
    <class name="basket.py" filename="shop/basket.py">
      <methods/>
      <lines>
        <line number="1" hits="1"/>
        <line number="2" hits="2" branch="true" condition-coverage="50% (1/2)" missing-branches="exit"/>
        <line number="3" hits="0" branch="True" condition-coverage="0% (0/2)"/>
      </lines>
    </class>
  </classes></package></packages>
</coverage>
"""


def test_lcov(tmp_path):
    """Lines that could run, lines that ran for each test name, and the ways on from lines; records of a file join."""
    report = tmp_path / "lcov.info"
    report.write_text(LCOV)
    (file,) = read_lcov(report)
    assert (file.path, file.could_run) == ("shop/basket.py", {1, 2, 3})
    assert file.ran == {"": {1, 2}, "test_b": {3}}
    assert file.ways[""] == {2: Ways((False, True), None, (1, 2)), 3: Ways((False,), None, (0, 1))}


def test_cobertura(tmp_path):
    """A file is where one of the report's folders has it."""
    report = tmp_path / "coverage.xml"
    report.write_text(COBERTURA)
    (file,) = read_cobertura(report, lambda path: path.startswith("/new/"))
    assert (file.path, file.could_run) == ("/new/src/shop/basket.py", {1, 2, 3})
    assert file.ran == {"": {1, 2}}
    assert file.ways == {"": {2: Ways((), ("exit",), (1, 2)), 3: Ways((), None, (0, 2))}}
    assert read_cobertura(report, lambda path: False)[0].path == "/old/src/shop/basket.py"


def test_formats_are_known_by_their_beginning():
    """By what stands there, not by a name."""
    assert is_lcov(LCOV.encode())
    assert is_lcov(b"# made by lcov 2\n\n#\n" + LCOV.encode())
    assert not is_lcov(b"# TN: of something else\nx = 1\n")
    assert is_cobertura(COBERTURA.encode())
    for start in (b"", b"x = 1\n", b"{}", b"\0\0\0"):
        assert not is_lcov(start)
        assert not is_cobertura(start)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LCOV.replace("DA:1,1", "DA:x,1"), ":5: 'x' is not a line number"),
        (LCOV.replace("DA:1,1", "DA:0,1"), ":5: '0' is not a line number"),
        (LCOV.replace("DA:1,1", "DA:9999999999,1"), "is not a line number"),
        (LCOV.replace("DA:1,1", "DA:\u0661,1"), "is not a line number"),
        (LCOV.replace("DA:1,1", "DA:1,many"), ":5: 'many' is not a count"),
        (LCOV.replace("DA:1,1", "DA:1"), "is not what a tracefile has there"),
        (LCOV.replace("BRDA:3,0,0,-", "BRDA:3,0"), "is not what a tracefile has there"),
        ("TN:\nDA:1,1\n", ":2: '1,1' is not what a tracefile has there"),
        ("TN:\nend_of_record\n", "without SF:"),
        ("SF:a.py\nSF:b.py\n", "SF: within a record"),
        (LCOV[:56], "ends within a record"),
        ("SF:" + "x" * 2_000_000, "the line is too long"),
    ],
)
def test_damaged_lcov_is_one_message(tmp_path, text, message):
    """What is wrong, and on which line."""
    report = tmp_path / "lcov.info"
    report.write_text(text)
    with pytest.raises(DataError, match=message) as raised:
        read_lcov(report)
    assert str(raised.value).startswith(f"{report}:")


LAUGHS = '<!DOCTYPE coverage [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><coverage>&b;</coverage>'
OUTSIDE = '<!DOCTYPE coverage [<!ENTITY a SYSTEM "file:///etc/passwd">]><coverage>&a;</coverage>'
PARAMETER = '<!DOCTYPE coverage [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]><coverage/>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "entities"),
        (OUTSIDE, "entities"),
        (PARAMETER, "entities"),
        (COBERTURA[:400], "is no whole XML"),
        ("<html/>", "<html> is no Cobertura report"),
        (COBERTURA.replace('number="1"', 'number="-1"'), ":9: '-1' is not a line number"),
        (COBERTURA.replace('hits="0"', ""), "'' is not a count"),
        (COBERTURA.replace('filename="shop/basket.py"', ""), "without a filename"),
        ("<coverage>" + "<x>" * 200_000, "is no whole XML"),
    ],
)
def test_damaged_or_hostile_cobertura_is_one_message(tmp_path, text, message):
    """Nothing is expanded, nothing outside is opened; what is wrong, and on which line."""
    report = tmp_path / "coverage.xml"
    report.write_text(text)
    with pytest.raises(DataError, match=message):
        read_cobertura(report, lambda path: True)


def test_report_of_any_size_is_not_read(tmp_path):
    """A report that is larger than any is refused before it is opened."""
    report = tmp_path / "coverage.xml"
    with report.open("wb") as file:
        file.write(COBERTURA.encode())
        file.truncate(600 * 1024 * 1024)
    with pytest.raises(DataError, match="too large"):
        read_cobertura(report, lambda path: True)
