"""GetUserProgress (site-api.md 5.1)."""

from datetime import datetime

from syncer.core.formats import ra_json
from syncer.demo.request import ApiRequest, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World


def get_user_progress(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    user = parse_user(request)
    ids = request.values.get("i", "")
    # `i[]=1` becomes an array, and the script fails (site-api.md section 1).
    if isinstance(ids, list):
        return as_json(500, {"message": "Server Error"})
    account = world.resolve(user)
    # 200, as for an empty list of ids: clients must ask for the profile (site-api.md section 13, 1).
    if account is None:
        return as_json(200, {})
    found = {game_id: world.progress(account, game_id) for game_id in ra_json.game_ids(ids)}
    reply = as_json(200, {str(g): ra_json.progress_entry(p.as_tuple()) for g, p in found.items()})
    # The true numbers, for tests that compare them with what was stored while the test changed the body.
    reply.progress = {(account.ulid, game_id): progress for game_id, progress in found.items()}
    return reply
