#!/usr/bin/env python3
"""Copies keys of tests/keys into a folder as keys of any zone: pool_keys.py ZONE FOLDER NAME..."""

import os
import sys

POOL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "keys")


def escaped(zone):
    """The zone's name as BIND has it in file names; no escapes in the argument."""
    plain = "abcdefghijklmnopqrstuvwxyz0123456789-_."
    text = zone.lower().rstrip(".") + "."
    return "".join(c if c in plain else "%%%02X" % ord(c) for c in text)


def copy_pool_key(name, zone, folder):
    """Writes the pair into the folder; returns its path without extension."""
    with open(os.path.join(POOL, "index"), encoding="ascii") as index:
        stems = dict(line.split() for line in index)
    stem = stems[name]
    to = os.path.join(folder, "K" + escaped(zone) + stem[stem.index("+"):])
    with open(os.path.join(POOL, stem + ".key"), encoding="ascii") as file:
        record = file.read()
    owner = zone.rstrip(".") + "."
    assert "\nexample. " in record
    with open(to + ".key", "w", encoding="ascii") as file:
        file.write(record.replace("\nexample. ", "\n" + owner + " "))
    with open(os.path.join(POOL, stem + ".private"), encoding="ascii") as file:
        private = file.read()
    with open(os.open(to + ".private", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="ascii") as file:
        file.write(private)
    os.chmod(to + ".private", 0o600)
    return to


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    for key_name in sys.argv[3:]:
        print(copy_pool_key(key_name, sys.argv[1], sys.argv[2]))
