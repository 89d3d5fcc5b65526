#!/usr/bin/env python3
"""Disturbs the program at every step of a command, and expects that nothing is lost.

    crash.py BINARY PRELOAD KIND SCENARIO [--points N] [--only CASE] [--seed N]

KIND: power, again, kill, errors, full (faults.py), or all; SCENARIO: one of scenarios.py, or all.
Without --points, a share of the points is tried; all of them when DW_TEST_TIER is full (of
second power cuts 500). Prints a row for each kind and scenario: points tried, of those that there
are, and how many lost something. Some points cannot be reached a second time, and some errors are
none to the program: those are not tried.
"""
import argparse
import os
import sys

import faults
import scenarios
from promises import Judge, records
from recording import Recording
from site_folder import Site

SHARE_OF_FULL = {"again": 500}
SHARE = {"power": 40, "again": 20, "kill": 12, "errors": 12, "full": 12}
MOST_TOLD = 5


class Scenario:
    """A moment, what the command does then, and what comes of it undisturbed."""

    def __init__(self, name, binary, preload):
        self.name = name
        self.site = Site(binary, preload)
        self.words, self.now = scenarios.ALL[name](self.site)
        self.base = self.site.tree()
        self.recording = Recording(self.site, self.words, self.now)
        if self.recording.done.code != 0:
            raise SystemExit(f"{name}, undisturbed: {self.recording.done}")
        self.end = self.site.tree()
        self.judge = Judge(self.site, self.base, self.now)
        found = self.judge.judge()
        if found:
            raise SystemExit(f"{name}, undisturbed: {found}")
        self.judge.most_keys = len(records(self.site.tree()))


def share(cases, number):
    """So many of them, evenly spread; the first and the last are among them."""
    if number is None or len(cases) <= number:
        return cases
    return [cases[i * (len(cases) - 1) // (number - 1)] for i in range(number)]


def try_case(scenario, case):
    """Whether the fault happened, and what was lost."""
    happened, found = case.cause()
    return happened, found + scenario.judge.judge()


def run(kind, scenario, options):
    """A row of the table; whether it is good."""
    is_full = os.environ.get("DW_TEST_TIER") == "full"
    mixes = 1 if kind == "again" else 8 if is_full else 2
    more = (mixes, options.seed) if kind in ("power", "again") else ()
    cases = list(faults.KINDS[kind](scenario, *more))
    number = options.points or (SHARE_OF_FULL if is_full else SHARE).get(kind)
    chosen = [case for case in cases if case.name == options.only] if options.only \
        else share(cases, number)
    tried = lost = 0
    for case in chosen:
        happened, found = try_case(scenario, case)
        tried += happened
        if not found:
            continue
        lost += 1
        if lost <= MOST_TOLD:
            print(f"{scenario.name}: {case.name}", *found, sep="\n    ", flush=True)
    print(f"{scenario.name:16} {kind:8} {tried:6} of {len(cases):6} points tried, lost: {lost}",
          flush=True)
    return lost == 0 and tried > 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("preload")
    parser.add_argument("kind", choices=[*faults.KINDS, "all"])
    parser.add_argument("scenario", choices=[*scenarios.ALL, "all"])
    parser.add_argument("--points", type=int)
    parser.add_argument("--only")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    kinds = list(faults.KINDS) if options.kind == "all" else [options.kind]
    names = list(scenarios.ALL) if options.scenario == "all" else [options.scenario]
    print(f"seed {options.seed}")
    good = True
    for name in names:
        scenario = Scenario(name, options.binary, options.preload)
        for kind in kinds:
            good = run(kind, scenario, options) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
