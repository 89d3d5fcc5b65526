#!/usr/bin/env python3
"""`danewerk verify` accepts what BIND, Knot and ldns sign.

    accepted.py BINARY ZONE ALGORITHM
"""
import peers


def test(binary, zone, algorithm):
    shop = peers.open_workshop(binary, zone)
    keys = shop.make_keys(algorithm)
    count = 0
    for denial in ("nsec", "nsec3", "opt-out"):
        for signed in (shop.sign_bind(f"bind-{denial}", keys, denial),
                       shop.sign_ldns(f"ldns-{denial}", keys, denial),
                       shop.sign_knot(f"knot-{denial}", keys, denial, algorithm)):
            shop.verify(signed, "--ds", shop.ds_file(signed))
            count += 1
    return f"{zone}, {algorithm}: {count} zones of peers accepted"


peers.main(test)
