"""syncer serve"""

import click

from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.web_server import serve_pages
from syncer.config import NO_LOGIN, is_loopback
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled
from syncer.run.signals import stop_on_hangup, stop_on_signals


@click.command()
@click.option("--host", metavar="ADDRESS", help="Default: [web] host, 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: [web] port, 8765. 0: any free port.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the pages for your browser until Ctrl-C. Only reads the database.

    The pages have no login, so that by default only this machine can reach them. With [web] enabled = true
    the daemon, syncer run, serves them, too.
    """
    clock = SystemClock()
    stop_on_signals(clock)
    stop_on_hangup(clock)
    with open_readonly() as app:
        web = app.config.web
        host = host or web.host
        warning = NO_LOGIN.format(host)
        # The configuration warns of its own [web] host only, and only where it enables the pages.
        if not is_loopback(host) and warning not in app.config.warnings:
            click.echo(f"syncer: warning: {warning}", err=True)
        with serve_pages(app, host, web.port if port is None else port) as server:
            click.echo(server.address)
            click.echo("Stop with Ctrl-C.", err=True)
            try:
                # The server has its own thread; if that ends with an error, this command ends, too.
                while server.is_alive:
                    clock.wait(1.0)
            except Cancelled:
                pass
