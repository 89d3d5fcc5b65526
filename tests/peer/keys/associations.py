#!/usr/bin/env python3
"""Our TLSA values beside those of four other makers: associations.py KEY_TOOL CERTIFICATE"""
import base64
import hashlib
import os
import re
import sys

from tools import call, same

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                      "golden", "certificates")
HOST = "mx1.mail.example"
DIGESTS = {"1": hashlib.sha256, "2": hashlib.sha512}


def by_openssl(path, selector, matching):
    """The octets come from openssl, the digest from Python."""
    pem = call("openssl", "x509", "-in", path, "-noout", "-pubkey") if selector == "1" else \
        call("openssl", "x509", "-in", path)
    der = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))
    return DIGESTS[matching](der).hexdigest() if matching in DIGESTS else der.hex()


def value_in(text):
    """The longest run of hexadecimal digits: the data of the one record."""
    joined = re.sub(r"[()\n]", " ", text)
    return max(re.findall(r"\b[0-9a-fA-F]{64,}\b", joined), key=len).lower()


def by_danetool(path, usage, selector, matching):
    """GnuTLS."""
    words = ["--tlsa-rr", "--host", HOST, "--port", "25", "--load-certificate", path,
             "--hash", {"1": "sha256", "2": "sha512"}[matching]]
    words += ["--x509"] if selector == "0" else []
    words += ["--ca"] if usage == "2" else []
    return value_in(call("danetool", *words))


def by_hash_slinger(path, usage, selector, matching):
    """hash-slinger, which uses M2Crypto."""
    return value_in(call("tlsa", "--create", "--usage", usage, "--selector", selector, "--mtype", matching,
                         "--port", "25", "--certificate", path, "--output", "rfc", HOST))


def by_ldns(path, usage, selector, matching):
    """ldns-dane takes the certificate of a server only for the usages that mean it."""
    return value_in(call("ldns-dane", "-c", path, "create", HOST, "25", usage, selector, matching))


def main(tool, name):
    """All combinations that each maker knows."""
    leaf = os.path.join(FOLDER, name + ".pem")
    chain = os.path.join(FOLDER, name + "-chain.pem")
    issuer = os.path.join(FOLDER, "issuer.pem")
    for usage, path in (("3", leaf), ("2", issuer)):
        for selector in "01":
            for matching in "012":
                record = f"{usage} {selector} {matching}"
                ours = call(tool, "tlsa", chain, record).strip()
                same(f"{record} by openssl", ours, by_openssl(path, selector, matching))
                if matching == "0":
                    continue
                same(f"{record} by danetool", ours, by_danetool(path, usage, selector, matching))
                if usage == "3":
                    same(f"{record} by hash-slinger", ours,
                         by_hash_slinger(path, usage, selector, matching))
                    same(f"{record} by ldns-dane", ours, by_ldns(path, usage, selector, matching))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
