"""GetUserRecentlyPlayedGames (site-api.md 5.12)."""

from datetime import UTC, datetime

from syncer.core.formats import ra_json
from syncer.demo.models import Account, Game
from syncer.demo.request import ApiRequest, parse_integer, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

MAX_ROWS, DEFAULT_ROWS = 50, 10  # of one reply


def get_user_recently_played_games(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    user = parse_user(request)
    offset = parse_integer(request, "o", 0, minimum=0)
    # A greater count is lowered without an error (site-api.md section 13, 33).
    count = min(parse_integer(request, "c", DEFAULT_ROWS, minimum=0), MAX_ROWS)
    account = world.resolve(user)
    games = [] if account is None else played_games(world, account)
    return as_json(200, [entry(world, account, *game) for game in games[offset : offset + count] if account])


def played_games(world: World, account: Account) -> list[tuple[Game, datetime | None]]:
    """Return every game with a row of the player, the newest played first and those without a date last."""
    known = {game.id: game for game, _ in world.metrics.rows(account)}
    known |= {game.id: game for game in world.play_table.games(account)}
    games = [game for game in known.values() if is_listed(world, game)]
    dated = [(game, world.last_played(account, game.id)) for game in games]
    return sorted(dated, key=lambda one: one[1] or datetime.min.replace(tzinfo=UTC), reverse=True)


def is_listed(world: World, game: Game) -> bool:
    """Return whether a game is listed: not a deleted one, a hub or an event; inactive consoles are."""
    return not game.deleted and world.catalogue.console_of(game).is_game_system


def entry(world: World, account: Account, game: Game, played_at: datetime | None) -> dict[str, object]:
    numbers = ra_json.progress_entry(world.progress(account, game.id).as_tuple())
    images = ("ImageIcon", "ImageTitle", "ImageIngame", "ImageBoxArt")
    return {
        "GameID": game.id,
        "ConsoleID": world.catalogue.console_of(game).id,
        "ConsoleName": game.console,
        "Title": game.title,
        **dict.fromkeys(images, game.icon),
        "LastPlayed": played_at and played_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "AchievementsTotal": len(game.promoted()) or None,
        **numbers,
    }
