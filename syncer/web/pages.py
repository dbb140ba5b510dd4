"""All families of routes, in one list."""

from starlette.routing import BaseRoute

from . import assets, calendar, changes, data, game, games, overview, report, travel

FAMILIES = (overview, games, game, changes, calendar, report, data, travel, assets)


def routes() -> list[BaseRoute]:
    return [route for family in FAMILIES for route in family.routes]
