"""The same queries about an earlier moment."""

from datetime import datetime

from syncer.store.db.past import show_past

from .base import Reader


class PastQueries(Reader):
    """What all queries of one transaction show."""

    def show(self, moment: datetime) -> None:
        """Show the rows of that time from now on. Only within Queries.in_one_transaction()."""
        with self._database.reading() as tx:
            show_past(tx, moment)
