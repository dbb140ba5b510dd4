"""The routes of all modules, in one list."""

from starlette.routing import BaseRoute

from .api import charts, time_travel
from .app import static_files
from .feeds import endpoints as feeds
from .pages import calendar, changes, compare, day, game, games, health_report, overview, players, review

PAGE_MODULES = (
    *(overview, games, game, changes, calendar, day, players, compare, review, health_report),
    *(charts, feeds, time_travel, static_files),
)


def routes() -> list[BaseRoute]:
    return [route for module in PAGE_MODULES for route in module.routes]
