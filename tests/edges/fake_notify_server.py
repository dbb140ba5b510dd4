"""A service that takes messages over HTTP and remembers them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

SECRET = "canary0canary0postbox"  # in the address: must never be seen in anything that is written


class FakeNotifyServer:
    """`taken`: the texts, in order. `status`: what it answers. `shut`: it answers nothing at all."""

    def __init__(self, port: int = 0) -> None:
        self.taken, self.asked = list[str](), 0
        self.status, self.shut = 200, threading.Event()
        self._opened = threading.Event()
        outer = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked += 1
                if outer.shut.is_set():
                    outer._opened.wait(60)
                    return
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if outer.status == 200:
                    outer.taken.append(body["message"])
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *said: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Answering)
        self._server.daemon_threads = True
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/{SECRET}"

    def close(self) -> None:
        self._opened.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "FakeNotifyServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
