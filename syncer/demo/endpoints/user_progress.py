"""GetUserProgress (site-api.md 5.1)."""

from datetime import datetime

from syncer.core.formats import ra_json
from syncer.demo.request import ApiRequest, user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World


def get_user_progress(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    name = user(question)
    asked = question.values.get("i", "")
    if isinstance(asked, list):
        return as_json(500, {"message": "Server Error"})
    account = world.resolve(name)
    if account is None:
        return as_json(200, {})
    seen = {game_id: world.progress(account, game_id) for game_id in ra_json.game_ids(asked)}
    reply = as_json(200, {str(g): ra_json.progress_entry(p.as_tuple()) for g, p in seen.items()})
    reply.truths = {(account.ulid, game_id): progress for game_id, progress in seen.items()}
    return reply
