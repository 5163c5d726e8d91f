"""`python -m tests.simulation --seeds 5000`: plays seeds; of one that fails, the rule, what was seen, and a script."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from multiprocessing import Pool

from tests.simulation.actions import draw
from tests.simulation.run import Outcome, play, script, seed, shortest


def main() -> int:
    """0 when every seed held."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many to play")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--keep-going", action="store_true", help="play the rest after a failure, shrink nothing")
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.seeds)
    started, counts, failed, done = time.monotonic(), Counter[str](), 0, 0
    with Pool(options.jobs) as pool:
        for number, outcome in pool.imap_unordered(_numbered, numbers, chunksize=4):
            counts += outcome.counts
            done += 1
            if outcome.violation is not None:
                failed += 1
                print(f"\nseed {number}, action {outcome.at}: {outcome.violation}", flush=True)
                if not options.keep_going:
                    pool.terminate()
                    explain(number, outcome)
                    break
            _progress(done, len(numbers), started)
    _summary(done, failed, counts, time.monotonic() - started)
    return 1 if failed else 0


def _numbered(number: int) -> tuple[int, Outcome]:
    return number, seed(number)


def explain(number: int, outcome: Outcome) -> None:
    """The shortest script that fails by the same rule."""
    assert outcome.violation is not None
    plan, actions = draw(number)
    left = shortest(plan, actions[: outcome.at + 1], outcome.violation.rule, lambda _: None)
    again = play(plan, left, telling=True)
    print(f"seed {number} in {len(left)} actions:\n{script(plan, left, again.story)}\n=> {again.violation}")


def _progress(done: int, of: int, started: float) -> None:
    if sys.stdout.isatty() or done % 250 == 0:
        rate = done / (time.monotonic() - started)
        print(f"{done} of {of} seeds, {rate:.1f}/s", end="\r" if sys.stdout.isatty() else "\n", flush=True)


def _summary(done: int, failed: int, counts: Counter[str], seconds: float) -> None:
    print(f"{done} seeds in {seconds:.0f} s, {done / seconds:.1f}/s; {failed} failed")
    print(", ".join(f"{count} {what}" for what, count in counts.most_common()))


if __name__ == "__main__":
    sys.exit(main())
