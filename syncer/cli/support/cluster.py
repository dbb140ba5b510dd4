"""The state of the cluster, for `syncer status`; nothing of it is loaded without [cluster]."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from syncer.app import App
from syncer.cli.output.json_document import print_json
from syncer.cli.output.terminal import echo, wrapped
from syncer.cli.output.times import format_local
from syncer.core.errors import ConfigError

from .hints import with_config

NO_CLUSTER = "there is no cluster, as [cluster] enabled is false"
HINT_STATUS = "What one process polls: syncer status"


def set_aside_since(app: App) -> Mapping[str, datetime]:
    """Return the players who were set aside, by their configured names in lower case."""
    if not app.config.cluster.enabled:
        return {}
    return {entry.player.lower(): entry.since for entry in app.queries.cluster.set_aside()}


def print_cluster(app: App, *, as_json: bool) -> None:
    """Print the state of the cluster. Raises ConfigError where there is none."""
    if not app.config.cluster.enabled:
        raise ConfigError(NO_CLUSTER, hint=HINT_STATUS)
    from syncer.cli.output.cluster_status import cluster_document, cluster_lines

    report = app.queries.cluster.report(app.config.cluster.dead_after)
    if as_json:
        print_json(cluster_document(report))
        return
    for label, text in cluster_lines(report, partial(format_local, app=app)):
        echo(wrapped(with_config(text), f"{label:<10} "))
