"""The application behind a real uvicorn server that logs every request, on a free port."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.routing import BaseRoute

from syncer.web.app.application import create_app
from syncer.web.app.context import Context


@contextmanager
def served(context: Context, routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Yield the origin. Every request is logged, as an incautious configuration would."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(context, routes), log_config=None, log_level="debug", lifespan="off")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
