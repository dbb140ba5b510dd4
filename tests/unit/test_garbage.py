"""What a command imports is not searched for garbage."""

import gc

import pytest

from syncer.cli.support.garbage import importing


def test_what_was_imported_is_left_out_of_later_searches() -> None:
    before = gc.get_freeze_count()
    try:
        with importing():
            assert not gc.isenabled()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
    assert gc.isenabled()


def test_garbage_is_searched_for_again_after_an_import_that_failed() -> None:
    with pytest.raises(ImportError), importing():
        raise ImportError
    gc.unfreeze()
    assert gc.isenabled()
