"""A notification service over HTTP that remembers the messages."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

SECRET = "canary0canary0postbox"  # a part of the URL, which no output may contain


class FakeNotifyServer:
    """`accepted`: the texts, in order. `status`: of its answers. `hang`: it does not answer."""

    def __init__(self, port: int = 0) -> None:
        self.accepted, self.requests = list[str](), 0
        self.status, self.hang = 200, threading.Event()
        self._closing = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake.requests += 1
                if fake.hang.is_set():
                    fake._closing.wait(60)
                    return
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if fake.status == 200:
                    fake.accepted.append(body["message"])
                self.send_response(fake.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/{SECRET}"

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "FakeNotifyServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
