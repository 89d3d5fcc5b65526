#!/usr/bin/env python3
"""With the same RSA keys, times and parameters, NSEC, NSEC3, NSEC3PARAM, DNSKEY and RRSIG records are,
octet for octet, those of dnssec-signzone.

    identical.py BINARY ZONE
"""
import time

import peers

TYPES = ("NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "RRSIG")


def test(binary, zone):
    shop = peers.open_workshop(binary, zone)
    keys = shop.make_keys("RSASHA256")
    at = peers.now()  # BIND gives its keys the moment at which they were made

    def stamp(moment):
        return time.strftime("%Y%m%d%H%M%S", time.gmtime(moment))

    total = 0
    for denial, options in (("nsec3", ()), ("nsec", ("--denial", "nsec")), ("opt-out", ("--opt-out",))):
        shop.sign(denial, *options, "--at", f"@{at}", "--validity", "30d", "--inception-offset", "1h")
        theirs = shop.sign_bind(f"bind-{denial}", keys, denial, "-s", stamp(at - 3600),
                                "-e", stamp(at + 30 * 86400))
        ours, bind = shop.records(shop.path(denial), *TYPES), shop.records(theirs, *TYPES)
        if ours != bind:
            lines = [f"{side} only: {' '.join(record)}" for side, records in
                     (("ours", sorted(ours - bind)), ("BIND's", sorted(bind - ours))) for record in records[:5]]
            raise peers.Failed(f"{zone}, {denial}: {len(ours - bind)} and {len(bind - ours)} records differ\n" +
                               "\n".join(lines))
        if not ours:
            raise peers.Failed("nothing to compare")
        total += len(ours)
    return f"{zone}: {total} records identical"


peers.main(test)
