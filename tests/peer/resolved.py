#!/usr/bin/env python3
"""A validating resolver (libunbound) that knows only the DS finds every answer of a zone signed by
danewerk secure: data, NODATA, NXDOMAIN, wildcard expansions, empty non-terminals, delegations. The
zone is its local file, so nothing goes over a network.

    resolved.py BINARY ZONE ALGORITHM
"""
import peers

CONFIG = """server:
    trust-anchor-file: "{anchor}"
    chroot: ""
    username: ""
    val-sig-skew-min: 0
    val-sig-skew-max: 0
auth-zone:
    name: "{origin}"
    zonefile: "{signed}"
    for-upstream: yes
    for-downstream: no
    fallback-enabled: no
"""
NOT_ASKED = ("RRSIG", "NSEC", "NSEC3")
# BIND, which lists the records here, knows types by name that unbound-host does not.
BY_NUMBER = {"AMTRELAY": "TYPE260"}


def questions(shop, signed):
    """(owner, type) of all data, and of what is not there."""
    # unbound 1.17 answers SERVFAIL for an RRset of empty RDATA; the verifiers judge that one.
    records = [words[:4] for words in peers.zone_lines(shop.origin, signed)
               if words[4:6] != ["\\#", "0"]]
    cuts = {owner for owner, _, _, kind in records if kind == "NS" and owner != shop.origin + "."}
    found = set()
    for owner, _, _, kind in records:
        if kind in NOT_ASKED or any(owner == cut or owner.endswith("." + cut) for cut in cuts):
            continue
        name = owner.replace("*.", "expanded.", 1) if owner.startswith("*.") else owner
        found.add((name, kind))
        found.add((name, "TYPE65399"))
        found.add(("nobody\\000." + owner if owner.count(".") < 8 else owner, "A"))
        parent = owner.partition(".")[2]
        if parent.endswith(shop.origin + "."):
            found.add((parent, "TYPE65398"))  # empty non-terminals are among them
    found.update((cut, "DS") for cut in cuts)
    return sorted(found)


def test(binary, zone, algorithm):
    shop = peers.open_workshop(binary, zone)
    shop.make_keys(algorithm)
    total = 0
    for denial in ("nsec3", "nsec"):
        signed = shop.path(denial)
        shop.sign(denial, "--denial", denial)
        total += ask_all(shop, signed)
    return f"{zone}, {algorithm}: {total} answers secure"


def ask_all(shop, signed):
    config = shop.path("unbound.conf")
    with open(config, "w", encoding="ascii") as out:
        out.write(CONFIG.format(anchor=shop.ds_file(signed), origin=shop.origin, signed=signed))
    asked = questions(shop, signed)
    wrong = []
    for owner, kind in asked:
        answer = peers.call("unbound-host", "-v", "-C", config, "-t", BY_NUMBER.get(kind, kind), owner)
        if not answer or any(not line.endswith("(secure)") for line in answer.splitlines() if line):
            wrong.append(f"{owner} {kind}: {answer.strip() or 'no answer'}")
    if wrong or not asked:
        raise peers.Failed(f"{signed}: {len(wrong)} of {len(asked)} answers are not secure\n" +
                           "\n".join(wrong[:20]))
    return len(asked)


peers.main(test)
