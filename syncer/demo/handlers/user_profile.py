"""GetUserProfile (site-api.md 5.2)."""

from datetime import datetime

from syncer.demo.request import ApiRequest, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World


def get_user_profile(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    account = world.resolve(parse_user(request))
    # The empty map becomes `[]`; with 404 it means that there is no such user (site-api.md 5.2).
    return as_json(404, {}) if account is None else as_json(200, world.profile(account))
