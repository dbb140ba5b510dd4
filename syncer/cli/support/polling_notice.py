"""What a player whose games are not all polled each time gains and loses, compared with earlier versions."""

from datetime import timedelta

from syncer.config import Config, PlayerEntry
from syncer.config.values import serialize_duration
from syncer.core.formats.text import format_duration, name_some
from syncer.core.polling.promise import IN_ONE_REQUEST


def polling_notice(config: Config) -> list[str]:
    """Return how the games of such players are polled; nothing if each run polls all games of all players."""
    idle, every = config.idle_every, config.schedule.interval
    if idle is None or idle <= every:
        return []
    listed = [p for p in config.players if not p.played and len(p.games) > config.batch_size]
    played = [p for p in config.players if p.played]
    if not listed and not played:
        return []
    often, seldom = (serialize_duration(length.total_seconds()) for length in (every, idle))
    how = f"those played last are polled every {often}, and every game at least once in {seldom}"
    intro = [f"{_names(listed)}: of more than {config.batch_size} games, {how}."] if listed else []
    if played:
        few = _if_few(idle, every, config.batch_size)
        intro += [f"{_names(played)}: of the played games, {how}{few}."]
    return [*intro, *_comparison(config, often)]


def _if_few(idle: timedelta, every: timedelta, size: int) -> str:
    """Return how often all of a few played games are polled, where that is more often."""
    length = max(IN_ONE_REQUEST, every)
    often = format_duration(length.total_seconds())
    return f"; while they are at most {size}, once in {often}" if length < idle else ""


def _comparison(config: Config, often: str) -> list[str]:
    """Return what that is better and worse for, and how to go back."""
    play, closer, off = config.play_every, "", []
    if play and play < config.schedule.interval:
        closer = f"; during play, a poll every {serialize_duration(play.total_seconds())}"
        off = ['  play_every = "off"']
    return [
        f"  Gained: far fewer requests (syncer plan counts them){closer}.",
        "  Lost: a change that is not by play (a revised set, a reset, an unlock given by hand) is seen by "
        "that later poll, often sooner if it changes the account's points; its time is less exact.",
        f"  To poll every game every {often}, set in [schedule]:",
        f'  idle_every = "{often}"',
        *off,
    ]


def _names(players: list[PlayerEntry]) -> str:
    return name_some([player.label for player in players])
