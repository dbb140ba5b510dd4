"""Run a season on a database, and keep the truth and what was stored."""

from dataclasses import dataclass

from .recording import config_of, recording
from .season import Length, season
from .stage import moment
from .stored import Stored, read_all
from .truth import Truth, truth_of


@dataclass
class Outcome:
    """By mode: what is true, and what the database holds."""

    truth: dict[str, Truth]
    stored: dict[str, Stored]


def run(length: Length, seed: int, url: str) -> Outcome:
    """Let the product record a season from its first day to its last."""
    made = season(length, seed)
    entries = [stage.entry(mode) for mode, stage in made.stages.items()]
    with recording(made.site, config_of(url, entries, length.every)) as product:
        for begin, end in length.pauses:
            product.until(moment(begin))
            product.pause(moment(end) - product.clock.now())
        product.until(moment(length.days))
        truth = {mode: truth_of(made, mode, product.clock.now()) for mode in made.stages}
        names = [stage.name for stage in made.stages.values()]
        stored = read_all(product, names, product.clock.now().year)
    return Outcome(truth, {mode: stored[stage.name] for mode, stage in made.stages.items()})
