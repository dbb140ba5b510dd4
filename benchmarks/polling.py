"""Simulated months with the product itself.

    python -m benchmarks.polling --days 30 --seeds 10 --games 10000 [--faults]

What is asked of the site, and how soon each kind of change is stored: tests/month.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.month.bars import bars
from tests.month.result import Result, result_of
from tests.month.scenario import Scenario
from tests.month.simulate import simulate

COMPARED_DAYS = 2  # the first is left out


def main() -> None:
    """Run the months, print their figures, and fail where a bar is missed."""
    options = parse()
    plain = Scenario(games=options.games, days=options.days, account_reset=options.reset_account)
    scenario = plain.disturbed() if options.faults else plain
    months = [
        replace(scenario, seed=seed) for seed in range(options.first_seed, options.first_seed + options.seeds)
    ]
    results = list(run_all(months, options.jobs))
    compared = None
    if not options.no_comparison:
        compared = run(replace(plain, days=COMPARED_DAYS, account_reset=None), polls_all=True)
    print("\n".join(report(results, compared)))
    if options.json:
        options.json.write_text(json.dumps(document(results, compared), indent=1) + "\n")
    sys.exit(any(not bar.is_kept for result in results for bar in bars(result)))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling", description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seeds", type=int, default=1, help="how many months; each is another one")
    parser.add_argument("--first-seed", type=int, default=1, help="of these months")
    parser.add_argument("--games", type=int, default=10_000, help="games that the player has played")
    parser.add_argument("--faults", action="store_true", help="failing requests, an outage, a dead night")
    parser.add_argument("--reset-account", type=float, metavar="DAY", help="when the player resets all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--no-comparison", action="store_true", help="do not poll everything, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures as one document")
    return parser.parse_args()


def run_all(months: Sequence[Scenario], jobs: int) -> Iterator[Result]:
    """Yield the results in the order of the seeds; say on the terminal when one is ready."""
    with ProcessPoolExecutor(min(jobs, len(months))) as pool:
        futures = [pool.submit(run, month) for month in months]
        for future in as_completed(futures):
            result = future.result()
            print(f"seed {result.seed}: {result.seconds:.0f} s", file=sys.stderr, flush=True)
        yield from (future.result() for future in futures)


def run(scenario: Scenario, *, polls_all: bool = False) -> Result:
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="polling-") as folder:
        result = result_of(simulate(scenario, Path(folder), polls_all=polls_all), polls_all=polls_all)
    result.seconds = time.process_time() - began
    return result


def report(results: Sequence[Result], compared: Result | None) -> Iterator[str]:
    """Yield the lines of the report."""
    yield from requests(results)
    if compared:
        yield from comparison(results, compared)
    yield from delays(results)
    for result in results:
        yield ""
        yield f"seed {result.seed}: runs {result.outcomes}, rejections {result.rejections}"
        yield f"  {result.sums}"
        yield from (f"  {bar}" for bar in bars(result))
        yield from (f"  ! {note}" for note in result.as_dict()["examples"])
        yield from (f"  > 90 min: {note}" for note in result.changes.late)
        yield from (f"  ! late: {note}" for note in result.gaps.late)
        yield from (f"  ! {note}" for note in (result.sessions.outside[:5] if result.sessions else ()))


def requests(results: Sequence[Result]) -> Iterator[str]:
    kinds = {kind: None for result in results for kind in result.traffic.by_kind()}
    yield f"{'requests a day':32} {'mean':>9} {'lowest':>9} {'highest seed':>13} {'MB a day':>9}"
    for kind in kinds:
        size = sum(result.traffic.bytes_by_kind().get(kind, 0.0) for result in results) / len(results)
        line = row(kind, [result.traffic.by_kind().get(kind, 0.0) for result in results])
        yield f"{line} {size / 1e6:9.2f}"
    yield row("all", [result.traffic.mean() for result in results])
    yield row("on any day but the first", [result.traffic.highest() for result in results])
    yield row("on the first day", [sum(result.traffic.days[0].values()) for result in results])
    yield row("in any minute", [result.traffic.most_in_a_minute for result in results])
    yield row("MB a day", [result.traffic.bytes_a_day() / 1e6 for result in results])
    yield row("seconds of this program", [result.seconds for result in results])


def row(name: str, values: Sequence[float]) -> str:
    return f"{name:32} {sum(values) / len(values):9.1f} {min(values):9.1f} {max(values):13.1f}"


def comparison(results: Sequence[Result], compared: Result) -> Iterator[str]:
    mean = sum(result.traffic.mean() for result in results) / len(results)
    size = sum(result.traffic.bytes_a_day() for result in results) / len(results)
    all_mean, all_size = compared.traffic.mean(), compared.traffic.bytes_a_day()
    yield ""
    yield f"polling everything each time: {all_mean:.0f} requests and {all_size / 1e6:.1f} MB a day; this is "
    yield f"{mean / all_mean:.1%} of the requests and {size / all_size:.1%} of the bytes (at most 10 %)"


def delays(results: Sequence[Result]) -> Iterator[str]:
    yield ""
    head = ("count", "median", "95 %", "highest", "< 90 min", "promised")
    yield f"{'minutes until it is stored':28}" + "".join(f"{name:>10}" for name in head)
    kinds = {kind: None for result in results for kind in result.delays}
    for kind in kinds:
        some = [result.delays[kind] for result in results if kind in result.delays]
        promised = next(r.promised[kind] for r in results if kind in r.promised).total_seconds() / 60
        count = sum(one.count for one in some)
        values: list[float] = [
            count,
            *(sum(getattr(one, name) * one.count for one in some) / count for name in ("median", "p95")),
        ]
        soon = sum(one.soon * one.count for one in some) / count
        values += [max(one.highest for one in some), 100 * soon, promised]
        yield f"{kind:28}" + "".join(f"{value:10.1f}" for value in values)


def document(results: Sequence[Result], compared: Result | None) -> dict[str, Any]:
    return {
        "months": [result.as_dict() | {"bars": [str(bar) for bar in bars(result)]} for result in results],
        "polling_everything": compared.as_dict() if compared else None,
    }


if __name__ == "__main__":
    main()
