"""syncer fetch: failures of the site and wrong arguments, each with a hint."""

import pytest

from .fetch_checks import assert_failed, environment_only
from .simulated_site import Site, run_cli


def test_a_wrong_key_is_refused_and_can_be_tried_again_at_once(site: Site) -> None:
    (site.folder / "key").write_text("x" * 32)
    assert_failed(run_cli(site, "fetch", "Tester", "1"), 77, "refused the key", "Put the current key")
    assert_failed(run_cli(site, "fetch", "Tester", "1", "2"), 77, "try: syncer fetch Tester 1 2")
    assert len(site.server.requests) == 2


@pytest.mark.parametrize("arguments", [("1",), ("--profile",)])
def test_an_unknown_player_is_named(site: Site, arguments: tuple[str, ...]) -> None:
    assert_failed(
        run_cli(site, "fetch", "Unknown", *arguments), 78, "knows no player Unknown", "how the name is spelt"
    )


def test_an_id_that_the_answer_leaves_out_is_named(site: Site) -> None:
    site.server.fault = "missing_id"
    result = run_cli(site, "fetch", "Tester", "1", "2", "3")
    missing = [game for game in ("1", "2", "3") if game not in result.document]
    assert missing
    assert (result.code, len(result.document) + len(missing)) == (3, 3)
    assert f"leaves out {', '.join(missing)}\n" in result.err
    assert f"try: syncer fetch Tester {' '.join(missing)}\n" in result.err


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("503", 69, "the site answered 503"),
        ("500", 69, "the site answered 500"),
        ("hang", 69, "no complete answer within 0.6 s"),
        ("html_200", 69, "a web page"),
        ("empty_list", 69, "an empty answer"),  # though the player is known
        ("nulls", 69, "cannot be parsed: 1"),
        ("422", 78, "rejected the request as invalid"),
        ("429", 75, "until 20"),
    ],
)
def test_a_fault_of_the_site_is_reported_with_what_to_do(
    site: Site, fault: str, code: int, words: str
) -> None:
    site.configure(timeout="0.6s" if fault == "hang" else "30s")
    site.server.choose_fault(lambda received: fault if "Progress" in received.path else None)
    assert_failed(run_cli(site, "fetch", "Tester", "1"), code, words)


def test_an_invalid_profile_is_reported(site: Site) -> None:
    site.server.fault = "string"
    assert_failed(run_cli(site, "fetch", "--profile", "Tester"), 69, "no name")


def test_the_hint_does_not_repeat_a_hundred_ids(site: Site) -> None:
    site.server.fault = "503"
    assert "try: the same command" in run_cli(site, "fetch", "Tester", *map(str, range(1, 101))).err


def test_a_closed_port_is_reported(site: Site) -> None:
    site.server.close()
    assert_failed(run_cli(site, "fetch", "Tester", "1"), 69, "no connection", "Check the network, then")


def test_without_a_key_every_problem_is_reported(site: Site) -> None:
    environ = {name: value for name, value in environment_only(site).items() if name != "SYNCER_API__KEY"}
    result = run_cli(site, "fetch", "Tester", "1", environ=environ)
    assert (result.code, result.out) == (78, "")
    assert "no key" in result.err
    assert "games" not in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("Tester",),  # no id
        ("Tester", ","),
        ("Tester", "0"),
        ("Tester", "one"),
        ("Tester", "1.5"),
        ("Tester", "--", "-1"),
        ("Tester", "-1"),
        ("Tester", "2147483648"),  # too large for a column
        ("Tester", "9" * 5000),
        ("Tester", "١"),  # a digit, but not an ASCII one
        ("1", "2", "3"),  # the name was forgotten
        ("Max Milyin", "1"),
        ("Tester", "1", "--profile"),
        ("Tester", "1", "--xml"),
    ],
)
def test_a_wrong_argument_is_a_usage_error_and_sends_nothing(site: Site, arguments: tuple[str, ...]) -> None:
    result = run_cli(site, "fetch", *arguments)
    assert (result.code, result.out) == (2, "")
    assert site.server.requests == []
