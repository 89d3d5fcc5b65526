#!/usr/bin/env python3
"""`danewerk verify` finds each fault in a zone that somebody else signed, and names it.

    faults.py BINARY SIGNER        bind, knot or ldns

A fault is a small edit of the records of the good zone; the finding's identifier must be among what
verify prints, and its exit code 1.
"""
import base64
import hashlib

import peers

ORIGIN = "example.org"


class Zone:
    """A signed zone as lists of words, one record a line."""

    def __init__(self, shop, signed):
        self.lines = []
        for words in peers.zone_lines(ORIGIN, signed):
            fixed = {"RRSIG": 12, "DNSKEY": 7, "ZONEMD": 7}.get(words[3])
            if fixed:  # BIND breaks base64 and hexadecimal into several words
                words = words[:fixed] + ["".join(words[fixed:])]
            self.lines.append(words)
        self.shop = shop

    def find(self, kind, owner=None, covered=None):
        """The one record, to be edited in place."""
        found = [words for words in self.lines if words[3] == kind and
                 (owner is None or words[0] == owner + ".") and (covered is None or words[4] == covered)]
        if len(found) != 1:
            raise peers.Failed(f"{len(found)} records {owner} {kind} {covered}")
        return found[0]

    def nsec3(self, owner):
        """NSEC3 of a name: no salt, no iterations."""
        wire = b"".join(bytes([len(label)]) + label.encode() for label in owner.split(".")) + b"\0"
        digest = base64.b32hexencode(hashlib.sha1(wire).digest()).decode()
        return next(words for words in self.lines if words[3] == "NSEC3" and
                    words[0].upper() == f"{digest}.{ORIGIN}.".upper())

    def drop_nsec3(self, owner):
        name = self.nsec3(owner)[0]
        self.lines = [words for words in self.lines if words[0] != name]

    def add(self, text):
        self.lines.append(text.split())

    def write(self, path):
        self.lines.sort(key=lambda words: words[3] != "SOA")
        with open(path, "w", encoding="ascii") as out:
            out.writelines(" ".join(words) + "\n" for words in self.lines)


def corrupt(words):
    """Another octet in the middle of the signature."""
    octets = bytearray(base64.b64decode(words[-1]))
    octets[len(octets) // 2] ^= 1
    words[-1] = base64.b64encode(octets).decode()


def by_unpublished_key(zone):
    """The only RRSIG of www AAAA is good, but by a key that nobody published."""
    other = zone.shop.make_keys("RSASHA256", "other-keys")
    signed = Zone(zone.shop, zone.shop.sign_bind("other", other, "nsec3"))
    zone.find("RRSIG", "www.example.org", "AAAA")[4:] = signed.find("RRSIG", "www.example.org", "AAAA")[4:]


def signed_glue(zone):
    copy = list(zone.find("RRSIG", "ns1.example.org", "A"))
    copy[0] = "ns1.lab.example.org."
    zone.lines.append(copy)


def set_word(number, value, *where):
    def edit(zone):
        zone.find(*where)[number] = value
    return edit


def edit_nsec3(owner, change):
    return lambda zone: change(zone.nsec3(owner))


def drop(*where):
    return lambda zone: zone.lines.remove(zone.find(*where))


def drop_dnskey(zone):
    zone.lines = [words for words in zone.lines if not (words[3] == "DNSKEY" and words[4] == "256")]


WWW_A = ("RRSIG", "www.example.org", "A")
# Name: (what verify must say, edit, words for verify).
FAULTS = {
    "expired": ("VERIFY-RRSIG-EXPIRED", None, ("--at", f"@{peers.now() + 400 * 86400}")),
    "not yet valid": ("VERIFY-RRSIG-NOT-YET-VALID", None, ("--at", f"@{peers.now() - 400 * 86400}")),
    "RRSIG missing": ("VERIFY-RRSIG-MISSING", drop(*WWW_A), ()),
    "RRSIG corrupted": ("VERIFY-RRSIG-BOGUS", lambda zone: corrupt(zone.find(*WWW_A)), ()),
    "data changed": ("VERIFY-RRSIG-BOGUS", set_word(4, "192.0.2.99", "A", "www.example.org"), ()),
    "only RRSIG by an unpublished key": ("VERIFY-RRSIG-UNPUBLISHED-KEY", by_unpublished_key, ()),
    "labels": ("VERIFY-RRSIG-LABELS", set_word(6, "2", *WWW_A), ()),
    "original TTL": ("VERIFY-RRSIG-ORIGINAL-TTL", set_word(7, "301", *WWW_A), ()),
    "signer": ("VERIFY-RRSIG-SIGNER", set_word(11, "org.", *WWW_A), ()),
    "NSEC3 of a name missing": ("VERIFY-NSEC3-MISSING", lambda zone: zone.drop_nsec3("www.example.org"), ()),
    "NSEC3 of an empty non-terminal missing": ("VERIFY-NSEC3-MISSING-ENT",
                                               lambda zone: zone.drop_nsec3("office.example.org"), ()),
    "next hash": ("VERIFY-NSEC3-NEXT",
                  edit_nsec3("www.example.org", lambda words: words.__setitem__(8, "0" * 32)), ()),
    "bitmap": ("VERIFY-NSEC3-BITMAP", edit_nsec3("www.example.org", lambda words: words.append("TXT")), ()),
    "opt-out flag": ("VERIFY-NSEC3-OPT-OUT",
                     edit_nsec3("www.example.org", lambda words: words.__setitem__(5, "1")), ()),
    "NSEC3PARAM disagrees": ("VERIFY-NSEC3PARAM-MISMATCH", set_word(6, "7", "NSEC3PARAM"), ()),
    "DNSKEY missing": ("VERIFY-RRSIG-UNPUBLISHED-KEY", drop_dnskey, ()),
    "extra record": ("VERIFY-RRSIG-MISSING",
                     lambda zone: zone.add("www.example.org. 300 IN TXT \"not_signed\""), ()),
    "glue signed": ("VERIFY-SIGNED-GLUE", signed_glue, ()),
}


def sign(shop, signer, denial):
    keys = shop.make_keys("RSASHA256", "keys-" + denial)
    if signer == "knot":
        return shop.sign_knot("knot-" + denial, keys, denial, "RSASHA256", "zonemd-sha384")
    if signer == "ldns":
        return shop.sign_ldns("ldns-" + denial, keys, denial, "-z", "simple:sha384")
    return shop.sign_bind("bind-" + denial, keys, denial)


def expect(shop, name, identifier, path, *words):
    code, said = shop.verdict(path, *words)
    is_named = f"[{identifier}]" in said
    if not is_named or code != 1:
        return [f"{name}: exit {code}, {identifier} {'is' if is_named else 'is NOT'} among:\n{said[-1500:]}"]
    return []


def test(binary, signer):
    shop = peers.open_workshop(binary, ORIGIN)
    good = sign(shop, signer, "nsec3")
    shop.verify(good, "--ds", shop.ds_file(good))
    faults = dict(FAULTS)
    if signer != "bind":
        faults["ZONEMD"] = ("VERIFY-ZONEMD-MISMATCH", lambda zone: zone.find("ZONEMD").__setitem__(
            7, "00" * 48), ())
    wrong = []
    for name, (identifier, edit, words) in faults.items():
        zone = Zone(shop, good)
        if edit:
            edit(zone)
        zone.write(shop.path("faulty"))
        wrong += expect(shop, name, identifier, shop.path("faulty"), *words)
    other = sign(shop, signer, "nsec")  # other keys, so their DS leads nowhere
    wrong += expect(shop, "DS mismatch", "VERIFY-DS-MISMATCH", good, "--ds", shop.ds_file(other))
    if wrong:
        raise peers.Failed(f"{signer}: {len(wrong)} faults not found as they should be\n" + "\n".join(wrong))
    return f"{signer}: {len(faults) + 1} faults found by name"


peers.main(test)
