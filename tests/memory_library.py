"""Played games, unlocks and titles of the store in memory: most of the core's LibraryStore and TitleStore."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from syncer.core.backfill.consistency import next_pages
from syncer.core.backfill.windows import WIDE_OVERLAP
from syncer.core.model.consistency import ListReading
from syncer.core.model.job import Job, JobKind
from syncer.core.model.library import (
    ConsoleInfo,
    GameInfo,
    GameTitle,
    GameUnlocks,
    PlayedGame,
    SourcedUnlock,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import EPOCH, GameId
from syncer.core.model.restoration import UnconfirmedGame

from .memory_consistency import MemoryConsistency
from .memory_drops import DropStore


class PlayedGameStore(DropStore):
    """The played games of the store in memory, with their unlocks and titles."""

    player: Player | None
    consistency: MemoryConsistency
    stored_jobs: dict[JobKind, Job]

    def __init__(self) -> None:
        super().__init__()
        self.unlocks: dict[tuple[int, bool], str] = {}
        self.titles: dict[GameId, GameTitle] = {}  # of games whose title was requested
        self.consoles: dict[int, datetime] = {}
        self.mismatched, self.disagreeing = list[GameId](), set[GameId]()
        self.unconfirmed, self.decided_by_numbers = dict[GameId, datetime](), list[GameId]()

    def save_library(self, player: Player, played: Sequence[PlayedGame], follows: bool, at: datetime) -> None:
        self.save_titles([game.info for game in played if game.game_id in self.titles], (), at)
        self._follow([game.game_id for game in played] if follows else [], at)
        whole = at if follows else player.listing_whole_at
        self.player = replace(player, library_synced_at=at, listing_whole_at=whole)
        if follows:
            self.stored_jobs[JobKind.LISTING_WHOLE] = Job(at)

    def save_unlocks(
        self,
        player: Player,
        answer: UnlockPage,
        rows: Sequence[SourcedUnlock],
        covered: Window,
        follows: bool,
        at: datetime,
        *,
        is_reread: bool = False,
        list_reading: ListReading | None = None,
    ) -> int:
        before = len(self.unlocks)
        self.unlocks |= {(r.unlock.achievement_id, r.unlock.hardcore): r.source for r in rows}
        self._follow([row.game_id for row in answer.rows], at)
        assert self.player
        if list_reading:
            self.consistency.list_reading = next_pages(list_reading, covered)
        if is_reread:
            return len(self.unlocks) - before
        overlap_at = at if covered.begin <= at - WIDE_OVERLAP else self.player.unlocks_overlap_read_at
        self.player = replace(
            self.player, unlocks_synced_until=covered.end, unlocks_overlap_read_at=overlap_at
        )
        return len(self.unlocks) - before

    def missing_unlock_count(self, player: Player) -> int:
        counted = sum(snapshots[-1].progress.num_achieved for snapshots in self.snapshots_of.values())
        return max(0, counted - len(self.unlocks))

    def save_game_unlocks(
        self,
        player: Player,
        game_id: GameId,
        answer: GameUnlocks | None,
        rows: Sequence[SourcedUnlock],
        at: datetime,
        *,
        is_repair: bool = True,
    ) -> bool:
        if answer and answer.playtime is not None:
            self.save_playtime(player, game_id, answer.playtime, at)
        if not is_repair and game_id in self.disagreeing:
            return False
        is_accepted = game_id not in self.disagreeing
        self.consistency.remember(game_id, at, is_mended=is_accepted)
        if not is_accepted:
            return False
        self.mismatched = [game for game in self.mismatched if game != game_id]
        self.unconfirmed.pop(game_id, None)
        if answer:
            self.unlocks |= {(r.unlock.achievement_id, r.unlock.hardcore): r.source for r in rows}
        return True

    def unconfirmed_games(self, player: Player) -> list[UnconfirmedGame]:
        return [UnconfirmedGame(game, since) for game, since in self.unconfirmed.items()]

    def decide_by_numbers(self, player: Player, games: Sequence[GameId], at: datetime) -> None:
        self.decided_by_numbers += games
        self.unconfirmed = {g: since for g, since in self.unconfirmed.items() if g not in games}

    def outdated_titles(self, player: Player, read_before: datetime) -> list[GameTitle]:
        titles = [self.titles.get(game_id, GameTitle(game_id)) for game_id in self.targets]
        found = [title for title in titles if title.read_at is None or title.read_at < read_before]
        return sorted(found, key=lambda title: title.read_at or EPOCH)

    def outdated_consoles(self, listed_before: datetime) -> list[int] | None:
        return [c for c, at in self.consoles.items() if at < listed_before] if self.consoles else None

    def save_consoles(self, consoles: Sequence[ConsoleInfo]) -> None:
        self.consoles = {console.console_id: EPOCH for console in consoles} | self.consoles

    def save_console_games(self, console_id: int, facts: Sequence[GameInfo], at: datetime) -> None:
        self.consoles[console_id] = at
        self.save_titles([fact for fact in facts if fact.game_id in self.targets], (), at)

    def save_titles(self, facts: Sequence[GameInfo], none: Sequence[GameId], at: datetime) -> None:
        found = {fact.game_id: fact.console_id for fact in facts} | dict.fromkeys(none)
        self.titles |= {game_id: GameTitle(game_id, console, at) for game_id, console in found.items()}

    def _follow(self, ids: Sequence[GameId], at: datetime) -> None:
        for game_id in ids:
            self.targets.setdefault(game_id, Target(game_id, source="played"))
