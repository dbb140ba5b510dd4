"""A notification service that counts what it accepted, and can act right after an answer."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class MessageService:
    """`accepted`: how often each text came. `after_next`: called once, when the next answer has left."""

    def __init__(self) -> None:
        self.accepted = Counter[str]()
        self.after_next: Callable[[], object] | None = None
        self._lock, self._at_work = threading.Lock(), 0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service._begin(json.loads(body)["message"])
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                finally:
                    service._end()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_port}/inbox"

    def wait_until_idle(self) -> None:
        """Wait until no answer is under way."""
        while self._at_work:
            time.sleep(0.01)

    def _begin(self, text: str) -> None:
        with self._lock:
            self._at_work += 1
            self.accepted[text.strip()] += 1

    def _end(self) -> None:
        with self._lock:
            act, self.after_next = self.after_next, None
            self._at_work -= 1
        if act:
            act()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
