#!/usr/bin/env python3
"""The power fails while a backup is written, and while one is restored.

    restore.py BINARY PRELOAD

A backup is whole or not there. At no moment are there keys without the state that knows them: a
pass would begin anew with them, and with serials of long ago. A state without its keys is refused.
"""
import os
import sys

import disk
from promises import check_state, outputs, records, serial_of
from recording import Recording
from scenarios import RUN, settled
from site_folder import Site, Tree

MIXES = 4 if os.environ.get("DW_TEST_TIER") == "full" else 1
EACH = 1 if os.environ.get("DW_TEST_TIER") == "full" else 10


def trees(site, words, now):
    """What may be left of a command, each once."""
    base = site.tree()
    recording = Recording(site, words, now)
    if recording.done.code != 0:
        raise SystemExit(f"{words}, undisturbed: {recording.done}")
    replay = disk.Disk(base, recording)
    disk.check_replay(replay, site.tree())
    seen = set()
    for number in range(replay.calls + 1):
        for way, choose in disk.ways(number, MIXES, 1).items():
            tree = replay.after(number, choose)
            name = disk.digest(tree)
            if name not in seen:
                seen.add(name)
                yield f"{words[0]}-{number}-{way}", tree


def judge_backup(site, tree, whole, now):
    octets = tree.files("one.backup").get("one.backup")
    found = [] if octets in (None, whole) else ["half a backup"]
    tree.write(site.folder)
    done = site.run(*RUN, now=now + 60)
    if done.code != 0 or done.out or done.err:
        found.append(f"the next pass: {done}")
    return found + check_state(site, "after the next pass")


def judge_restore(site, tree, whole, now):
    """WHOLE: the site before the disaster."""
    has_keys, has_state = bool(records(tree)), "state/state.db" in tree.entries
    if has_keys and not has_state:
        return ["keys without their state"]
    if not has_state:
        return []
    tree.write(site.folder)
    done = site.run(*RUN, now=now + 60)
    after, found = site.tree(), check_state(site, "after the next pass")
    if not has_keys:
        if done.code != 1 or records(after) or outputs(after):
            found.append(f"a state without its keys: {done}")
        return found
    if done.code != 0 or records(after) != records(whole):
        found.append(f"restored, but: {done}")
    for name, octets in outputs(whole).items():
        if serial_of(outputs(after).get(name, b"")) < serial_of(octets):
            found.append(f"{name} has a lower serial than before")
    return found


def report(what, site, cases, judge, whole, now):
    tried = lost = 0
    for name, tree in list(cases)[::EACH]:
        found = judge(site, tree, whole, now)
        tried += 1
        lost += bool(found)
        if found:
            print(f"{name}:", *found, sep="\n    ", flush=True)
    print(f"{what:16} {'power':8} {tried:6} points tried, lost: {lost}", flush=True)
    return lost == 0 and tried > 1


def main():
    site = Site(*sys.argv[1:3])
    now = settled(site)
    site.write("passphrase", "open sesame\n")
    os.chmod(site.folder / "passphrase", 0o600)
    words = (str(site.folder / "one.backup"), "--passphrase-file", str(site.folder / "passphrase"))
    whole = site.tree()
    cases = list(trees(site, ("backup", *words), now))
    made = site.tree().files("one.backup")["one.backup"]
    good = report("backup", site, cases, judge_backup, made, now)
    bare = {name: entry for name, entry in whole.entries.items()
            if not name.startswith(("state", "keys/", "out/"))}
    Tree({**bare, "one.backup": (0o600, made)}).write(site.folder)
    cases = trees(site, ("restore", *words, "--no-secondaries"), now)
    good = report("restore", site, list(cases), judge_restore, whole, now) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
