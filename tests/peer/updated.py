#!/usr/bin/env python3
"""A mail host sends its TLSA records to a signer on another machine, and sees from there when they are
everywhere: BIND or Knot with a TSIG key, a secondary that fetches the zone when the test says so.

    updated.py BINARY SHIFT bind|knot   all of it, with that signer
    updated.py BINARY SHIFT print       the operator changes the zone by hand, and the name is an alias

SHIFT is the library made of tests/peer/shift.
"""
import os

import inside
import peers
import update_lab
from update_lab import AGED, DAY, HOUR, MINUTE, SECONDARY, SIGNER, ZONE

SENT = f"{{address: {SIGNER}, tsig: mail.key, propagation-delay: 0s}}"


def expect(lab, is_so, what):
    if not is_so:
        raise lab.failure(f"expected: {what}; served {[host.served() for host in lab.hosts]}, signer "
                          f"{lab.tlsa()}, secondary {lab.tlsa(SECONDARY)}")


def ask(lab, host):
    """Commands that only tell, on a host without zones."""
    for words in (("check", "--offline"), ("status",), ("tlsa", "list"), ("tlsa", "show", "mail"),
                  ("tlsa", "plan", "mail"), ("tlsa", "what-if", "mail", "new-key")):
        done = host.danewerk(*words)
        if done.returncode != 0:
            raise lab.failure(f"danewerk {' '.join(words)}: exit {done.returncode}")


def begin(lab, host):
    """A first certificate is served at once, its record sent; then nothing is said any more."""
    first = host.renew()
    said = host.run()
    expect(lab, f"sent to {SIGNER}@53" in said, "the first record is sent")
    lab.until(lambda: first in lab.tlsa(), "the first record")
    expect(lab, host.served() == first, "the first certificate is served")
    lab.follow()
    lab.clock.move(AGED)
    host.run()
    expect(lab, host.run() == "", "nothing to say when nothing is to do")
    return first


def roll(lab, host, old):
    """A new key: its record first, at all servers, then the certificate, and much later the old record goes."""
    new = host.renew()
    host.run()
    lab.until(lambda: {old, new} <= lab.tlsa(), "both records")
    expect(lab, host.served() == old, "the old certificate is served")
    lab.clock.move(HOUR)
    host.run()
    expect(lab, host.served() == old, "the old one while the secondary has the old zone")
    waits = host.report()["waits"]
    expect(lab, any(SECONDARY in wait["reason"] for wait in waits), "the wait names the secondary")
    lab.follow()
    host.run()
    lab.clock.move(AGED - MINUTE)
    host.run()
    expect(lab, host.served() == old, "the old one until caches have both records")
    lab.clock.move(2 * MINUTE)
    host.run()
    expect(lab, host.served() == new, "the new certificate is served")
    expect(lab, {old, new} <= lab.tlsa(), "both records while there is a way back")
    settle(lab, host, old, new)
    return new


def settle(lab, host, old, new):
    """The way back closes."""
    lab.clock.move(DAY + HOUR)
    host.run()
    lab.until(lambda: old not in lab.tlsa(), "the old record's end")
    expect(lab, new in lab.tlsa(), "the new record stays")
    lab.follow()
    host.run()
    lab.clock.move(AGED)
    host.run()


def with_wrong_secret(lab, host, key):
    """Another secret, then a clock that is late: told, and made up for."""
    new = host.renew()
    host.set_secret(update_lab.OTHER)
    said = host.run(1)
    expect(lab, "UPDATE-NOT-SENT" in said and "is the secret the same?" in said, "the signer refuses the signature")
    host.set_secret(update_lab.SECRET)
    lab.clock.move(HOUR)
    said = host.run(1, late=600)
    expect(lab, "too far apart for TSIG" in said, "the signer refuses a signature of ten minutes ago")
    host.run()
    lab.until(lambda: {key, new} <= lab.tlsa(), "what could not be sent is sent")
    lab.follow()
    host.run()
    lab.clock.move(AGED)
    host.run()
    expect(lab, host.served() == new, "the new certificate is served")
    settle(lab, host, key, new)
    return new


def without_signer(lab, host, key):
    """The cable is out: a renewal is staged, what is served stays, and nothing is lost."""
    lab.plug(False)
    new = host.renew()
    done = host.danewerk("hook", "generic", host.files[0])
    host.run(1)
    expect(lab, host.served() == key, "what was served stays")
    lab.clock.move(HOUR)
    host.run(1)
    expect(lab, host.served() == key, "what was served stays an hour later")
    lab.plug(True)
    host.run()
    lab.until(lambda: {key, new} <= lab.tlsa(), "the new record is sent when the cable is in again")
    lab.follow()
    host.run()
    lab.clock.move(AGED)
    host.run()
    expect(lab, host.served() == new, "the renewal is served in the end")
    settle(lab, host, key, new)
    return new, done.returncode


def beside_another(lab, host, key):
    """Another host at the same name, with a key of its own: neither touches the other's records."""
    other = update_lab.Host(lab, "other", SENT)
    lab.hosts.append(other)
    theirs = other.renew()
    other.run()
    lab.until(lambda: {key, theirs} <= lab.tlsa(), "records of both hosts")
    expect(lab, other.served() is None, "nothing that caches with our record alone would refuse")
    lab.follow()
    for one in lab.hosts:
        one.run()
    lab.clock.move(AGED)
    for one in lab.hosts:
        one.run()
    expect(lab, other.served() == theirs, "the other's certificate is served")
    mine = roll(lab, host, key)
    expect(lab, theirs in lab.tlsa(), "the other's record stays while ours are replaced")
    for _ in range(2):
        other.run()
        lab.clock.move(AGED)
    theirs = roll(lab, other, theirs)
    expect(lab, {mine, theirs} <= lab.tlsa(), "one record of each at the end")
    return mine


def sent(lab):
    host = update_lab.Host(lab, "mail", SENT)
    lab.hosts.append(host)
    key = begin(lab, host)
    ask(lab, host)
    key = roll(lab, host, key)
    # A renewal with the key that everybody knows is served at once, and nothing is sent.
    before = lab.serial(SIGNER)
    host.renew(is_key_new=False)
    host.run()
    expect(lab, host.served() == key and lab.serial(SIGNER) == before, "a kept key changes no zone")
    key = with_wrong_secret(lab, host, key)
    key, code = without_signer(lab, host, key)
    beside_another(lab, host, key)
    return f"{lab.kind}: first record, rolls, wrong secret, no signer (hook: {code}), two hosts at one name"


def printed(lab):
    """Who changes the zone is the operator; what servers show counts."""
    host = update_lab.Host(lab, "mail", "{address: print, propagation-delay: 0s}")
    lab.hosts.append(host)

    def follow_advice(said, *verbs):
        words = {"add to": "update add", "take out of": "update delete"}
        lines = [line for line in said.splitlines() if line.startswith("warning: [UPDATE-BY-HAND]")]
        if [verb for verb in words if any(verb + " zone" in line for line in lines)] != list(verbs):
            raise lab.failure(f"expected advice to {verbs}")
        if not all(f": tlsa._dane.{ZONE}. " in line for line in lines):
            raise lab.failure("the records do not stand where the alias leads")
        orders = []
        for line in lines:
            verb = next(verb for verb in words if f"{verb} zone" in line)
            record = line.split(f"zone {ZONE}.: ")[1]
            orders.append(f"{words[verb]} {record}\n")
        batch = lab.write("orders", f"server {SIGNER}\nzone {ZONE}\n" + "".join(orders) + "send\n")
        clock = [f"{key}={value}" for key, value in lab.clock.environment().items()]
        peers.call("env", *clock, "nsupdate", "-y", f"hmac-sha256:mail.key:{update_lab.SECRET}", batch)

    first = host.renew()
    follow_advice(host.run(), "add to")
    lab.until(lambda: lab.tlsa() == {first}, "the record that the operator added")
    lab.follow()
    expect(lab, "UPDATE-BY-HAND" not in host.run(), "what was done by hand is seen")
    second = host.renew()
    follow_advice(host.run(), "add to")
    lab.until(lambda: lab.tlsa() == {first, second}, "both records")
    lab.follow()
    host.run()
    lab.clock.move(AGED)
    host.run()
    expect(lab, host.served() == second, "the new certificate is served")
    lab.clock.move(DAY + HOUR)
    follow_advice(host.run(), "take out of")
    lab.until(lambda: lab.tlsa() == {second}, "the record that the operator took out")
    lab.follow()
    expect(lab, "UPDATE-BY-HAND" not in host.run(), "what was done by hand is seen")
    return "print: the operator is told what to change where the alias leads, and what servers show counts"


def test(binary, library, case):
    os.environ["DW_BINARY"] = os.path.abspath(binary)
    inside.enter()
    is_printed = case == "print"
    more = update_lab.ALIAS_TEXT if is_printed else ""
    with update_lab.Lab(binary, library, "knot" if is_printed else case, more) as lab:
        lab.hosts = []
        return printed(lab) if is_printed else sent(lab)


peers.main(test)
