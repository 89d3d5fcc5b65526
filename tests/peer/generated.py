#!/usr/bin/env python3
"""`danewerk tlsa gen` against other makers of TLSA records: every usage, selector and matching type, for
RSA, ECDSA and Ed25519. OpenSSL extracts and hashes; danetool (GnuTLS), ldns-dane and hash-slinger's tlsa
make the record each in its own way.

    generated.py BINARY

What a tool cannot do is named; that it still cannot is part of the test.
"""
import itertools
import os
import re
import tempfile

import peers

HOST, PORT = "mx1.dane.example", "443"  # mail clients need not know usages 0 and 1
OWNER = f"_{PORT}._tcp.{HOST}."
KEYS = {"RSA": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"), "P-256": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        "P-384": ("EC", "-pkeyopt", "ec_paramgen_curve:P-384"), "Ed25519": ("ED25519",)}
COMBINATIONS = list(itertools.product(range(4), range(2), range(3)))
DIGESTS = {1: "sha256", 2: "sha512"}
IS_ISSUER = (0, 2)  # usages that name an issuer


class Shelf:
    """Certificates of one kind of key: a root, an issuer, a leaf."""

    def __init__(self, folder, kind):
        self.folder, self.kind = folder, kind
        authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
        self.make_key("root")
        peers.call("openssl", "req", "-x509", "-key", self.path("root.key"), "-subj", "/CN=Root", "-days", "900",
                   "-addext", "basicConstraints=critical,CA:TRUE", "-out", self.path("root.pem"))
        self.make("issuer", "root", "/CN=Issuer", authority)
        self.make("leaf", "issuer", "/CN=" + HOST, f"subjectAltName=DNS:{HOST}\n")
        self.join("chain", "leaf", "issuer")
        self.join("whole", "leaf", "issuer", "root")
        peers.call("openssl", "pkey", "-in", self.path("leaf.key"), "-pubout", "-out", self.path("leaf.pub"))

    def path(self, name):
        return os.path.join(self.folder, f"{self.kind}-{name}")

    def make_key(self, name):
        peers.call("openssl", "genpkey", "-algorithm", *KEYS[self.kind], "-out", self.path(name + ".key"))

    def make(self, name, issuer, subject, extensions):
        self.make_key(name)
        with open(self.path("ext"), "w", encoding="ascii") as out:
            out.write(extensions)
        peers.call("openssl", "req", "-new", "-key", self.path(name + ".key"), "-subj", subject, "-out",
                   self.path(name + ".csr"))
        peers.call("openssl", "x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path(issuer + ".pem"), "-CAkey",
                   self.path(issuer + ".key"), "-CAcreateserial", "-days", "90", "-extfile", self.path("ext"), "-out",
                   self.path(name + ".pem"))

    def join(self, name, *parts):
        with open(self.path(name + ".pem"), "w", encoding="ascii") as out:
            for part in parts:
                with open(self.path(part + ".pem"), encoding="ascii") as file:
                    out.write(file.read())

    def meant(self, usage):
        return self.path("issuer.pem" if usage in IS_ISSUER else "leaf.pem")


def words(combination):
    return " ".join(map(str, combination))


def by_openssl(shelf, combination):
    """The reference: DER by openssl x509 or pkey, hashed by openssl dgst."""
    usage, selector, matching = combination
    der = shelf.path("der")
    if selector == 0:
        peers.call("openssl", "x509", "-in", shelf.meant(usage), "-outform", "DER", "-out", der)
    else:
        with open(shelf.path("pub"), "w", encoding="ascii") as out:
            out.write(peers.call("openssl", "x509", "-in", shelf.meant(usage), "-noout", "-pubkey"))
        peers.call("openssl", "pkey", "-pubin", "-in", shelf.path("pub"), "-outform", "DER", "-out", der)
    if matching == 0:
        with open(der, "rb") as file:
            return file.read().hex()
    return peers.call("openssl", "dgst", "-" + DIGESTS[matching], "-r", der).split()[0]


def record_in(text):
    """(numbers, data) of the record in what a tool printed; None: there is none."""
    found = re.search(r"TLSA\s+\(?\s*0?(\d) 0?(\d) 0?(\d)\s+([0-9A-Fa-f\s]+)\)?", text)
    if not found:
        return None
    return tuple(int(one) for one in found.groups()[:3]), "".join(found.group(4).split()).lower()


def by_danetool(shelf, combination):
    usage, selector, matching = combination
    if matching == 0:
        return "has no option for it"  # --hash knows algorithms only
    options = [*(("--ca",) if usage in IS_ISSUER else ()), *(("--no-domain",) if usage < 2 else ()),
               *(("--x509",) if selector == 0 else ())]
    return peers.call("danetool", "--tlsa-rr", "--host", HOST, "--port", PORT, "--load-certificate", shelf.meant(usage),
                      "--hash", DIGESTS[matching], *options)


def by_ldns_dane(shelf, combination):
    offset = ("-o", "1") if combination[0] in IS_ISSUER else ()  # second from the root
    return peers.call("ldns-dane", "-n", "-f", shelf.path("root.pem"), *offset, "-c", shelf.path("whole.pem"), "create",
                      HOST, PORT, *map(str, combination))


def by_tlsa(shelf, combination, output="rfc"):
    usage, selector, matching = map(str, combination)
    return peers.call("tlsa", "--create", "--usage", usage, "--selector", selector, "--mtype", matching, "--port", PORT,
                      "--certificate", shelf.meant(combination[0]), "--output", output, HOST)


def by_danewerk(binary, file, combination, *options):
    return peers.run(binary, "-q", "tlsa", "gen", file, "--record", words(combination), "--owner", OWNER, *options)


def judge_ours(binary, shelf, combination, reference):
    """Ours is the reference's, from the chain as from whatever has the same key; TLSA-D05 is refused."""
    done = by_danewerk(binary, shelf.path("chain.pem"), combination)
    if combination == (2, 1, 0):
        if done.returncode == 0 or "[TLSA-D05]" not in done.stderr:
            raise peers.Failed(f"2 1 0 is not refused: exit {done.returncode}: {done.stdout}{done.stderr}")
        return False
    if record_in(done.stdout) != (combination, reference) or done.returncode != 0:
        raise peers.Failed(f"{shelf.kind} {words(combination)}: {done.stdout}{done.stderr}\nopenssl: {reference}")
    usage, selector, _ = combination
    if usage == 3 and selector == 1:
        for form in ("leaf.key", "leaf.pub", "leaf.csr", "leaf.pem"):
            said = by_danewerk(binary, shelf.path(form), combination).stdout
            if record_in(said) != (combination, reference):
                raise peers.Failed(f"{shelf.kind} {words(combination)} from {form}: {said}")
    return True


def judge_unknown_type(binary, shelf, combination):
    """RFC 3597, octet for octet as hash-slinger writes it."""
    ours = by_danewerk(binary, shelf.path("chain.pem"), combination, "--rfc3597").stdout.split("TYPE52")[-1].split()
    theirs = by_tlsa(shelf, combination, "generic").split("TYPE52")[-1].split()
    if [word.lower() for word in ours] != [word.lower() for word in theirs]:
        raise peers.Failed(f"{shelf.kind} {words(combination)} as TYPE52: {ours}, hash-slinger: {theirs}")


def test(binary):
    makers = {"danetool": by_danetool, "ldns-dane": by_ldns_dane, "hash-slinger": by_tlsa}
    covered, refused = dict.fromkeys(("openssl", *makers), 0), {}
    with tempfile.TemporaryDirectory(prefix="danewerk-generated-") as folder:
        for kind in KEYS:
            shelf = Shelf(folder, kind)
            for combination in COMBINATIONS:
                reference = by_openssl(shelf, combination)
                is_ours = judge_ours(binary, shelf, combination, reference)
                if not is_ours:
                    refused.setdefault("danewerk (TLSA-D05)", set()).add(combination)
                covered["openssl"] += is_ours
                for name, make in makers.items():
                    said = make(shelf, combination)
                    if said == "has no option for it":
                        refused.setdefault(f"{name} ({said})", set()).add(combination)
                        continue
                    if record_in(said) != (combination, reference):
                        raise peers.Failed(f"{name}, {kind} {words(combination)}: {said}\nopenssl: {reference}")
                    covered[name] += is_ours
                if is_ours:
                    judge_unknown_type(binary, shelf, combination)
    lines = [f"{count} of {len(KEYS) * len(COMBINATIONS)} records the same as by {name}" for name, count in covered.items()]
    lines += [f"not made by {name}: {', '.join(map(words, sorted(which)))}" for name, which in refused.items()]
    return "\n".join(lines)


peers.main(test)
