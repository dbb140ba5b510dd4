"""Each table has a rule of how it was at an earlier moment, or needs none."""

from syncer.store.db.metadata import history
from syncer.store.db.past import RULES
from syncer.store.db.tables import snapshots

UNCHANGED = {"games", "consoles", "game_titles", "player_names"}  # titles and names are shown as they are now


def test_each_table_has_a_rule() -> None:
    assert history.tables[snapshots.name] is snapshots
    assert set(history.tables) == set(RULES) | UNCHANGED


def test_a_rule_names_columns_of_its_table() -> None:
    for name, (_, changed) in RULES.items():
        assert set(changed) <= set(history.tables[name].columns.keys()), name
