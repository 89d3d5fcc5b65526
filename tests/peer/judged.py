#!/usr/bin/env python3
"""What danewerk signs is accepted by BIND, Knot, ldns and, for RSA, validns.

    judged.py BINARY ZONE ALGORITHM
"""
import peers


def test(binary, zone, algorithm):
    shop = peers.open_workshop(binary, zone)
    shop.make_keys(algorithm)
    denials = {"nsec3": (), "nsec": ("--denial", "nsec")}
    if zone in ("delegations", "root", "example.org"):
        denials["opt-out"] = ("--opt-out",)
    for denial, options in denials.items():
        shop.sign(denial, *options)
        shop.judge(shop.path(denial), algorithm, denial)
    return f"{zone}, {algorithm}: {', '.join(denials)} accepted"


peers.main(test)
