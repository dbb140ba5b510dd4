"""Messages after an experiment: each enqueued once, each delivered, and doubled only by a kill."""

import re
from collections import Counter

from .disturb import DELIVERED, surplus
from .evidence import Evidence, Finding

IN_GAME = re.compile(r"(\d+) achievements? in [Gg]ame (\d+)")
MESSAGES = """
    SELECT p.config_name, m.text FROM messages m JOIN players p ON p.id = m.player_id WHERE m.kind = 'unlocks'
"""
GAINS = """
    SELECT p.config_name, s.game_id, sum(s.num_achieved_delta)::int
    FROM snapshots s JOIN players p ON p.id = s.player_id
    WHERE s.num_achieved_delta > 0 GROUP BY 1, 2
"""
UNDELIVERED = "SELECT text, error FROM messages WHERE delivered_at IS NULL"


def each_change_is_one_message(evidence: Evidence) -> Finding:
    """Compare the unlocks that the messages count with the rises of the snapshots."""
    rule = "each change enqueued once"
    if not evidence.options.messages:
        return Finding(rule, [], "no messages")
    told, texts = Counter[tuple[str, int]](), evidence.rows(MESSAGES)
    for name, text in texts:
        for count, game in IN_GAME.findall(text):
            told[name, int(game)] += int(count)
    risen = Counter({(name, game): count for name, game, count in evidence.rows(GAINS)})
    breaches = [
        f"{name}, game {game}: {told[name, game]} in messages, {risen[name, game]} stored"
        for name, game in sorted(told.keys() | risen.keys())
        if told[name, game] != risen[name, game]
    ]
    return Finding(rule, breaches, f"{len(texts)} messages about {sum(risen.values())} unlocks")


def messages_are_doubled_by_kills_only(evidence: Evidence) -> Finding:
    """Compare what the service accepted with what is marked, and with the kills in between."""
    rule = "each message delivered; doubled only by a kill before its mark"
    if not evidence.options.messages:
        return Finding(rule, [], "no messages")
    accepted, counted = evidence.disturber.service.accepted, evidence.disturber.unmarked
    delivered = {text.strip(): count for text, count in evidence.rows(DELIVERED)}
    breaches = [f"not delivered: {text}: {error}" for text, error in evidence.rows(UNDELIVERED)]
    breaches += [f"marked, not accepted: {text}" for text in sorted(delivered.keys() - accepted.keys())]
    breaches += [f"marked more often than accepted: {t}" for t, n in delivered.items() if n > accepted[t] > 0]
    doubled = surplus(accepted, delivered)
    if doubled != counted:
        breaches.append(f"{doubled} doubled, and {counted} kills between answer and mark")
    return Finding(rule, breaches, f"{accepted.total()} accepted, {doubled} doubled by kills")
