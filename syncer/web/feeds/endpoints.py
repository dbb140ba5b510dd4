"""/feed.atom and /masteries.ics: what feed readers and calendars ask for again and again."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from syncer.core.formats.site_address import user_page
from syncer.core.model.progress import EPOCH
from syncer.web.app.conditional import answer_unless_known
from syncer.web.app.player_request import PlayerRequest, document
from syncer.web.rendering.templates import fill

from .entries import feed_id, masteries, newest_entries, one_line
from .ics import calendar

MAX_ENTRIES = 100


def atom(view: PlayerRequest) -> Response:
    entries = newest_entries(view, MAX_ENTRIES)
    text = fill(
        "feed.atom",
        id=feed_id(view),
        title=f"{view.player.username}: unlocks and masteries",
        updated=max((entry.updated for entry in entries), default=EPOCH),
        # Without a host: the reader knows by which address it asks, and a proxy may have changed it.
        feed=view.to("/feed.atom"),
        page=view.to("/"),
        author=view.player.username,
        author_page=user_page(view.player.username),
        entries=entries,
    )
    return answer_unless_known(view.request, text, "application/atom+xml; charset=utf-8")


def ics(view: PlayerRequest) -> Response:
    text = calendar(one_line(f"{view.player.username}: masteries"), masteries(view))
    return answer_unless_known(view.request, text, "text/calendar; charset=utf-8")


routes: list[BaseRoute] = [document("/feed.atom", atom), document("/masteries.ics", ics)]
