"""A site that takes fewer ids or rows than before says so with a 422 that names the parameter."""

import json
from datetime import timedelta
from typing import Any

import pytest

from syncer.core.backfill.listing import fetch_complete_library
from syncer.core.errors import ApiError, InvalidRequest, RequestTooLarge
from syncer.core.ratelimit.budget import batch_limit, row_limit
from tests.edges.raw_server import RawServer, Script, answer

from .harness import ENTRY, ClientHarness, library

ROW = {
    "Title": "One",
    "ImageIcon": "/Images/1.png",
    "ConsoleID": 7,
    "ConsoleName": "NES",
    "MaxPossible": 9,
    "NumAwarded": 1,
    "NumAwardedHardcore": 0,
    "MostRecentAwardedDate": None,
    "HighestAwardKind": None,
    "HighestAwardDate": None,
}
DAY = timedelta(days=1)


def invalid(*names: str) -> Script:
    errors = {name: [f"The {name} must not be greater."] for name in names}
    return answer(json.dumps({"message": "The given data was invalid.", "errors": errors}), "422 No")


def of(*ids: int) -> Script:
    return answer(json.dumps({str(game_id): ENTRY for game_id in ids}))


def page(first: int, rows: int, total: int) -> Script:
    results = [{**ROW, "GameID": game_id} for game_id in range(first, first + rows)]
    return answer(json.dumps({"Count": rows, "Total": total, "Results": results}))


def sent(server: RawServer, *names: str) -> list[list[str]]:
    """Return these parameters of each request."""
    queries = [request.decode().split(" ")[1].partition("?")[2] for request in server.requests]
    values = [dict(pair.split("=") for pair in query.split("&")) for query in queries]
    return [[value[name] for name in names] for value in values]


def test_a_422_that_names_i_halves_the_batches_for_a_week() -> None:
    with RawServer(invalid("i"), of(1, 2), of(3, 4)) as server:
        client = ClientHarness(server)
        with pytest.raises(RequestTooLarge, match="fewer than 4"):
            client.progress([1, 2, 3, 4])
        now = client.clock.now()
        assert batch_limit(client.budget.read(), now, 100) == 2
        assert batch_limit(client.budget.read(), now + 6.9 * DAY, 100) == 2
        assert batch_limit(client.budget.read(), now + 7.1 * DAY, 100) == 100
        assert row_limit(client.budget.read(), now, 500) == 500


def test_the_library_goes_on_with_fewer_ids() -> None:
    with RawServer(invalid("i"), of(1, 2), of(3, 4), of(5, 6)) as server, library(server, batch_size=4) as ra:
        assert list(ra.get_user_progress("Max", range(1, 7))) == [1, 2, 3, 4, 5, 6]
    assert sent(server, "i") == [["1,2,3,4"], ["1,2"], ["3,4"], ["5,6"]]


@pytest.mark.parametrize(
    ("script", "ids"),
    [
        (invalid("i"), [1]),  # a single id is not too many
        (invalid("u"), [1, 2]),
        (invalid("u", "i"), [1, 2]),
        (invalid("c"), [1, 2]),
        (answer('{"message":"No"}', "422 No"), [1, 2]),
        (answer('{"message":"No","errors":["i"]}', "422 No"), [1, 2]),
        (answer('{"message":"No","errors":{}}', "422 No"), [1, 2]),
        (answer("<h1>i</h1>", "422 No", kind="text/html"), [1, 2]),
    ],
)
def test_any_other_422_is_an_invalid_request(script: Script, ids: list[int]) -> None:
    with RawServer(script) as server:
        client = ClientHarness(server)
        with pytest.raises(ApiError) as caught:
            client.progress(ids)
        assert type(caught.value) is InvalidRequest
        assert caught.value.exit_code == 78
        assert (client.budget.read().max_batch, client.budget.read().max_rows) == (None, None)


def read_listing(client: ClientHarness) -> list[int]:
    games, _ = fetch_complete_library(client.source, "Max", client.clock.now(), lambda count, total: None)
    return [game.game_id for game in games]


def test_the_listing_falls_back_to_100_rows_and_then_to_halves() -> None:
    scripts: list[Any] = [invalid("c"), invalid("c"), page(1, 50, 120), page(51, 50, 120), page(101, 20, 120)]
    with RawServer(*scripts, page(1, 50, 50)) as server:
        client = ClientHarness(server)
        assert read_listing(client) == list(range(1, 121))
        assert read_listing(client) == list(range(1, 51))  # the limit is remembered
        first = [["0", "500"], ["0", "100"], ["0", "50"], ["50", "50"], ["100", "50"]]
        assert sent(server, "o", "c") == [*first, ["0", "50"]]
        now = client.clock.now()
        assert row_limit(client.budget.read(), now + 6.9 * DAY, 500) == 50
        assert row_limit(client.budget.read(), now + 7.1 * DAY, 500) == 500
        assert batch_limit(client.budget.read(), now, 100) == 100


def test_a_listing_that_takes_not_even_one_row_is_an_invalid_request() -> None:
    with RawServer(*[invalid("c")] * 9) as server:
        client = ClientHarness(server)
        with pytest.raises(InvalidRequest):
            read_listing(client)
        assert [c for (c,) in sent(server, "c")] == ["500", "100", "50", "25", "12", "6", "3", "1"]


def test_pages_that_are_cut_without_a_word_are_read_on() -> None:
    with RawServer(page(1, 50, 120), page(51, 50, 120), page(101, 20, 120)) as server:
        assert read_listing(ClientHarness(server)) == list(range(1, 121))
        assert sent(server, "o") == [["0"], ["50"], ["100"]]


@pytest.mark.parametrize(("rows", "error"), [(50, RequestTooLarge), (1, InvalidRequest)])
def test_a_422_that_names_c_is_too_many_rows_of_the_games_played_last(
    rows: int, error: type[ApiError]
) -> None:
    with RawServer(invalid("c")) as server:
        client = ClientHarness(server)
        with pytest.raises(error):
            client.source.recently_played("Max", 0, rows)
        assert client.budget.read().max_rows is None  # the listing of all games is another request
