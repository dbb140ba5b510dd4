"""The message about a player whose runs kill their processes."""

from syncer.core.monitoring.cluster import set_aside_text

from .model import Message, MessageKind


def set_aside_message(player: str) -> Message:
    """Return the message about a player who is not polled any more. `player`: the configured name."""
    text = f"{set_aside_text([player])}. Try again: syncer sync --player {player}"
    return Message(MessageKind.FAILING, text)
