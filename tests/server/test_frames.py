import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.server import frames
from minicov_lsp.server.frames import FrameError, FrameReader


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(1, 40))
def test_bodies_come_out_however_the_bytes_arrive(bodies, size):
    """A pipe knows nothing of messages."""
    stream = b"".join(map(frame, bodies))
    reader = FrameReader()
    found = [body for start in range(0, len(stream), size) for body in reader.feed(stream[start : start + size])]
    assert found == bodies


@pytest.mark.parametrize("header", [b"content-length:2", b"CONTENT-LENGTH :  2 ", b"X: y\r\nContent-Length: 2\r\nZ: 1"])
def test_headers_as_http_has_them(header):
    """Names are not case-sensitive, other headers are passed over."""
    assert list(FrameReader().feed(header + b"\r\n\r\n{}")) == [b"{}"]


@pytest.mark.parametrize(
    "data", [b"X: y\r\n\r\n", b"Content-Length: -1\r\n\r\n", b"Content-Length: 999999999999\r\n\r\n", b"x" * 70_000]
)
def test_what_is_no_header_is_an_error(data):
    """Where the next message begins is unknown then."""
    with pytest.raises(FrameError):
        list(FrameReader().feed(data))


def test_messages_before_an_error_are_read(monkeypatch):
    """They were whole."""
    monkeypatch.setattr(frames, "MAX_BODY", 10)
    bodies = FrameReader().feed(frame(b"12345") + frame(b"x" * 11))
    assert next(bodies) == b"12345"
    with pytest.raises(FrameError):
        next(bodies)


@pytest.mark.parametrize("data", [b"X: y\r\n\r\n", b"x" * 70_000])
def test_nothing_is_read_after_an_error(data):
    """What looks like a message may be the inside of one, and the server is on its way out."""
    reader = FrameReader()
    with pytest.raises(FrameError):
        list(reader.feed(data))
    assert list(reader.feed(frame(b"{}"))) == []
    assert list(reader.feed(b"x" * 70_000)) == []
