"""JSON-RPC as a client may expect it: what pygls leaves out.

A malformed message is answered, never shown; an error carries a sentence,
never a traceback; nothing is served before `initialize` or after `shutdown`.
Texts are kept by `workspace`, not by pygls, whose lines end at form feeds and
U+2028 too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

import attrs
import cattrs
from lsprotocol import converters, types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage

from minicov_lsp.errors import MinicovError

log = logging.getLogger(__name__)

REQUEST_FAILED = -32803
"""LSP's code for a request that was understood and could not be carried out."""
KEPT = 4096
"""Pieces of what is written again after each keystroke that are remembered, of each kind; 1 MB or so."""
_PIECE = 64
"""Items of a list that are written in one go; a fraction of a millisecond."""


def make_converter() -> cattrs.Converter:
    """A converter that takes a number for a number and a string for a string, and leaves our own params alone."""
    converter = cattrs.Converter()
    for primitive, accepted in ((str, (str,)), (int, (int,)), (bool, (bool,)), (float, (int, float))):
        converter.register_structure_hook(primitive, _exactly(primitive, accepted))
    converter = converters.get_converter(converter)
    for message in (JsonRPCRequestMessage, JsonRPCNotification, JsonRPCResponseMessage):
        converter.register_structure_hook(message, _with_raw_params)
    return converter


def _exactly(primitive: type, accepted: tuple[type, ...]) -> Callable[[Any, type], Any]:
    """Cattrs would turn 5 into "5"."""

    def structure(value: Any, kind: type) -> Any:
        if not isinstance(value, accepted) or (isinstance(value, bool) and primitive is not bool):
            raise TypeError(f"expected {primitive.__name__}, not {type(value).__name__}")
        if issubclass(kind, Enum):
            with suppress(ValueError):  # a later protocol has more of them
                return kind(value)
        return value

    return structure


def _with_raw_params(message: dict[str, Any], kind: type) -> Any:
    return kind(**{field.name: message.get(field.name) for field in attrs.fields(kind)})


@dataclass(frozen=True, slots=True)
class Written:
    """JSON in ASCII, as an answer or a part of one: to convert and write a long one takes long on the event loop."""

    text: str


def written_list(items: Iterable[str]) -> Written:
    """A list of what is written already."""
    return Written(f"[{', '.join(items)}]")


def written(value: Any) -> str:
    """JSON's objects in ASCII; long lists a piece at a time, for while one is written no other thread runs."""
    if isinstance(value, Written):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        pieces = (json.dumps(value[start : start + _PIECE])[1:-1] for start in range(0, len(value), _PIECE))
        return f"[{', '.join(pieces)}]"
    return json.dumps(value)


class MinicovProtocol(LanguageServerProtocol):
    """The protocol of one client."""

    _initialized = False
    _said_goodbye = False
    """Whether `shutdown` came, also while it is still carried out."""

    def receive(self, body: bytes) -> None:
        """Handle one message; whatever it is, this does not raise."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, JsonRpcParseError(f"the message is not JSON: {error}"))
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            self._refuse(_id_of(message), JsonRpcInvalidRequest("the message is not a JSON-RPC 2.0 object"))
            return
        method = message.get("method")
        if "method" in message and not isinstance(method, str):
            self._refuse(_id_of(message), JsonRpcInvalidRequest("the method is not a string"))
        elif isinstance(method, str) and (refusal := self._refusal(method)) is not None:
            self._refuse(_id_of(message), refusal)
        else:
            self._dispatch(message)

    def as_plain(self, value: object) -> Any:
        """The protocol's objects as JSON; called in any thread."""
        return self._converter.unstructure(value)

    def notify_written(self, method: str, params: str) -> None:
        """Send a notification whose params are JSON in ASCII already."""
        self._send_written(f'{{"jsonrpc": "{self.VERSION}", "method": {json.dumps(method)}, "params": {params}}}')

    def _refusal(self, method: str) -> JsonRpcException | None:
        """Why a method can't be served now."""
        if self._said_goodbye and method != types.EXIT:
            return JsonRpcInvalidRequest("the server is shutting down")
        if method == types.INITIALIZE:
            if self._initialized:
                return JsonRpcInvalidRequest("the server is initialized already")
        elif not self._initialized and method != types.EXIT:
            return JsonRpcServerNotInitialized("the first request must be initialize")
        return None

    def _dispatch(self, message: dict[str, Any]) -> None:
        method, is_request = message.get("method"), "id" in message
        if method is not None and is_request and method not in {**self.fm.features, **self.fm.builtin_features}:
            self._refuse(message["id"], JsonRpcMethodNotFound.of(method))
            return
        try:
            structured: Any = self._converter.structure(message, self._kind_of(message))
        except Exception as error:  # whatever a client sends, cattrs may raise anything for it
            self._refuse_structure(message, error)
            return
        log.debug("%s %s", method or "answer", message.get("id", ""))
        self._initialized |= method == types.INITIALIZE
        self._said_goodbye |= method == types.SHUTDOWN
        self.handle_message(structured)

    def _kind_of(self, message: dict[str, Any]) -> type:
        """The class that a message should be of."""
        if "method" in message:
            generic = JsonRPCRequestMessage if "id" in message else JsonRPCNotification
            return self.get_message_type(message["method"]) or generic
        if "error" in message:
            return types.ResponseErrorMessage
        return self._result_types.pop(message.get("id", ""), None) or JsonRPCResponseMessage

    def _refuse_structure(self, message: dict[str, Any], error: Exception) -> None:
        reason = "; ".join(cattrs.transform_error(error))
        if "method" in message:
            self._refuse(_id_of(message), JsonRpcInvalidParams(f"{message['method']}: {reason}"))
        elif isinstance(message.get("id"), int | str):
            # An answer of the client that isn't one; whoever asked must not wait for ever.
            self._handle_response(message["id"], error=types.ResponseError(code=REQUEST_FAILED, message=reason))

    def _refuse(self, request: int | str | None, error: JsonRpcException) -> None:
        """Answer an error; a notification can't be answered, and is only logged."""
        log.info("refused: %s", error)
        if request is not None or isinstance(error, JsonRpcParseError | JsonRpcInvalidRequest):
            told = {"code": error.code, "message": error.message}
            # Not as an object of lsprotocol: its converter would leave out an id that is null.
            self._send_data({"jsonrpc": self.VERSION, "id": request, "error": told})

    def _send_handler_result(self, future: Future[Any], *, msg_id: int | str) -> None:
        """Answer with what a handler gave, or with a sentence about why it gave nothing."""
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            self._send_response(msg_id, error=JsonRpcRequestCancelled("cancelled").to_response_error())
            return
        error = future.exception()
        if error is None:
            self._answer(msg_id, future.result())
        elif isinstance(error, JsonRpcException):
            log.info("request %s: %s", msg_id, error)
            self._send_response(msg_id, error=error.to_response_error())
        elif isinstance(error, MinicovError):
            self._send_response(msg_id, error=types.ResponseError(code=REQUEST_FAILED, message=str(error)))
        else:
            log.error("request %s failed", msg_id, exc_info=error)
            failed = JsonRpcInternalError("the request failed inside minicov; its log says more")
            self._send_response(msg_id, error=failed.to_response_error())

    def _answer(self, msg_id: int | str, result: object) -> None:
        if isinstance(result, Written):
            self._result_types.pop(msg_id, None)
            self._send_written(f'{{"jsonrpc": "{self.VERSION}", "id": {json.dumps(msg_id)}, "result": {result.text}}}')
        else:
            self._send_response(msg_id, result=result)

    def _send_written(self, body: str) -> None:
        """Send what is JSON in ASCII."""
        if self.writer is not None:
            self.writer.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode("ascii"))

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        """Cancel a request, if that is one's id."""
        if isinstance(msg_id, int | str):
            super()._handle_cancel_notification(msg_id)

    def _check_handler_result(self, future: Future[Any]) -> None:
        """Log what went wrong in a notification's handler."""
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("a notification's handler failed", exc_info=error)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: object) -> Generator[Any, Any, None]:
        """End the process: status 0 after `shutdown`, else 1."""
        self._server.stop(0 if self._said_goodbye else 1)  # type: ignore[attr-defined]  # of MinicovServer
        yield from ()

    # Texts belong to the workspace; without a `method_name` these are not registered, and our own features are.
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        """Left to `features.test_runs`."""

    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Left to `features.synchronization`."""

    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Left to `features.synchronization`."""

    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Left to `features.synchronization`."""


def _id_of(message: object) -> int | str | None:
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, int | str) else None
