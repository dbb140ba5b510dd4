"""Notice that a file with secrets was changed or replaced."""

from .sources import Sources, Stamp, stamp


class SecretWatch:
    """Compares the files with what was read from them. Reads no content, so that it may be asked often."""

    def __init__(self) -> None:
        self._seen: dict[object, Stamp] = {}
        self._reported: dict[object, Stamp] = {}

    def has_changed(self, sources: Sources) -> bool:
        """Return True once for each change, when the files were the same at two calls.

        An editor may empty a file before it writes it, or delete it before it renames another one.
        """
        seen: dict[object, Stamp] = {file: stamp(file) for file in sources.stamps}
        is_settled, self._seen = seen == self._seen, seen
        if seen == sources.stamps or seen == self._reported or not is_settled:
            return False
        self._reported = seen
        return True
