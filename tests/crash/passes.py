#!/usr/bin/env python3
"""Many passes at once on the same state: one acts, the others wait, or say who does.

    passes.py BINARY PRELOAD
"""
import os
import re
import subprocess
import sys

from promises import Judge, outputs, records, rows, serial_of
from scenarios import RUN
from site_folder import HOUR, START, ZONES, Site, zone_text

MANY = 8
ROUNDS = 50 if os.environ.get("DW_TEST_TIER") == "full" else 5


def start(site, *words, now):
    return subprocess.Popen(site.command(*words), env=site.environment(now),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finish(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def at_once(site, now, *words):
    return [finish(process) for process in
            [start(site, *RUN, *words, now=now) for _ in range(MANY)]]


class Gate:
    """A pass that has done its work and still holds the lock, until it is let through."""

    def __init__(self, site, now):
        self.fifo = site.base / "gate"
        if not self.fifo.exists():
            os.mkfifo(self.fifo)
        text = (site.folder / "danewerk.yaml").read_text()
        if "after-run" not in text:
            site.write("danewerk.yaml", f"after-run: [cat, {self.fifo}]\n{text}")
        self.process = start(site, *RUN, now=now)
        self.writer = os.open(self.fifo, os.O_WRONLY)  # returns when the pass has come to it

    def let_through(self):
        os.close(self.writer)
        return finish(self.process)


def wrong_ends(ends):
    return [f"ended with {end}" for end in ends if end[0] != 0 or end[2]]


def acted(ends):
    return sum("serial" in out for _, out, _ in ends)


def first_start(site, now):
    """Nobody has made the state yet."""
    ends = at_once(site, now)
    found = wrong_ends(ends)
    if acted(ends) != 1:
        found.append(f"{acted(ends)} passes signed")
    if len(records(site.tree())) != 2 * len(ZONES):
        found.append(f"{len(records(site.tree()))} keys were made")
    return found


def changed(site, now):
    """All find the same change, and wait for one another."""
    site.run_well(*RUN, now=now - HOUR)
    for zone in ZONES:
        site.write(f"{zone}.zone", zone_text(9, "192.0.2.99"))
    ends = at_once(site, now)
    found = wrong_ends(ends)
    if acted(ends) != 1:
        found.append(f"{acted(ends)} passes signed")
    for name, octets in outputs(site.tree()).items():
        if serial_of(octets) != 10:
            found.append(f"{name} has serial {serial_of(octets)}, and its source 9")
    return found


def held(site, now):
    """Those that may not wait say who holds the lock, and touch nothing."""
    gate = Gate(site, now)
    before = site.tree().files("out/")
    ends = at_once(site, now, "--wait", "0s")
    found = wrong_ends(ends)
    named = f"another pass goes on: danewerk run (process {gate.process.pid}) since "
    found += [f"does not say who holds the lock: {out}" for _, out, _ in ends if named not in out]
    if site.tree().files("out/") != before:
        found.append("somebody else wrote")
    return found + wrong_ends([gate.let_through()])


def request(site, now):
    """What the operator asks for meanwhile fails, and says who holds the lock."""
    gate = Gate(site, now)
    before = rows(site)
    code, out, err = finish(start(site, "key", "roll", ZONES[0], "zsk", now=now))
    found = [] if rows(site) == before else ["the state was changed"]
    if code != 1 or not re.search(rf"danewerk run \(process {gate.process.pid}\)", err):
        found.append(f"key roll: exit {code} {out} {err}")
    return found + wrong_ends([gate.let_through()])


def holder_killed(site, now):
    """A lock goes with its holder, even while a command that the holder started lives on."""
    gate = Gate(site, now)
    gate.process.kill()
    gate.process.wait()
    site.write(f"{ZONES[0]}.zone", zone_text(9, "192.0.2.99"))
    site.write("danewerk.yaml", (site.folder / "danewerk.yaml").read_text().split("\n", 1)[1])
    code, out, err = finish(start(site, *RUN, "--wait", "0s", now=now + HOUR))
    os.close(gate.writer)
    finish(gate.process)
    return [] if code == 0 and not err and "serial" in out else [f"{code} {out} {err}"]


def main():
    good = True
    for case in (first_start, changed, held, request, holder_killed):
        lost = 0
        rounds = 1 if case is request else ROUNDS  # it waits for the lock a while
        for number in range(rounds):
            site = Site(*sys.argv[1:3])
            now = START + HOUR
            base = site.tree()
            found = case(site, now)
            judge = Judge(site, base, now + 2 * HOUR)
            found += judge.judge()
            lost += bool(found)
            if found:
                print(f"{case.__name__}, round {number}:", *found, sep="\n    ", flush=True)
        good = good and lost == 0
        print(f"{case.__name__.replace('_', '-'):16} {'passes':8} {rounds:6} rounds tried, "
              f"lost: {lost}", flush=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
