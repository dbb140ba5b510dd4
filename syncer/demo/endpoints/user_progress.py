"""GetUserProgress (ra-api.md 5.1)."""

from datetime import datetime

from syncer.core.model import GameId
from syncer.demo import php
from syncer.demo.question import Question, user
from syncer.demo.reply import Reply, as_json
from syncer.demo.world import World

FIELDS = (
    "NumPossibleAchievements",
    "PossibleScore",
    "NumAchieved",
    "ScoreAchieved",
    "NumAchievedHardcore",
    "ScoreAchievedHardcore",
)


def game_ids(text: str) -> list[GameId]:
    """The pieces of `i`: positive numbers, each once, in order; all else is dropped (ra-api.md 5.1)."""
    numbers = [php.integer(piece) for piece in text.split(",")]
    return list(dict.fromkeys(n for n in numbers if n is not None and n > 0))


def get_user_progress(world: World, question: Question, now: datetime) -> Reply:
    name = user(question)
    asked = question.values.get("i", "")
    if isinstance(asked, list):
        return as_json(500, {"message": "Server Error"})
    account = world.resolve(name)
    if account is None:
        return as_json(200, {})
    seen = {game_id: world.progress(account, game_id) for game_id in game_ids(asked)}
    reply = as_json(200, {str(g): dict(zip(FIELDS, p.numbers(), strict=True)) for g, p in seen.items()})
    reply.truths = {(account.ulid, game_id): progress for game_id, progress in seen.items()}
    return reply
