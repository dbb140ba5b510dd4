"""All families of routes, in one list."""

from starlette.routing import BaseRoute

from . import assets, calendar, changes, data, game, games, overview, report

FAMILIES = (overview, games, game, changes, calendar, report, data, assets)


def routes() -> list[BaseRoute]:
    return [route for family in FAMILIES for route in family.routes]
