"""All families of routes, in one list."""

from starlette.routing import BaseRoute

from .api import charts as data
from .api import time_travel as travel
from .app import static_files as assets
from .pages import calendar, changes, game, games, overview
from .pages import health_report as report

FAMILIES = (overview, games, game, changes, calendar, report, data, travel, assets)


def routes() -> list[BaseRoute]:
    return [route for family in FAMILIES for route in family.routes]
