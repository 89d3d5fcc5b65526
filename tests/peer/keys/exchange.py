#!/usr/bin/env python3
"""Keys go out to BIND, ldns and Knot and come in from BIND and ldns: exchange.py KEY_TOOL ALGORITHM"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

from tools import call, same

ZONE = "mail.example"
TEXT = """$TTL 3600
@ IN SOA ns1 hostmaster 1 7200 3600 1209600 3600
@ IN NS ns1
ns1 IN A 192.0.2.1
_25._tcp.mx1 IN TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000
"""


def ds_of(text):
    """DS records, however they are laid out, as (tag, algorithm, digest type, digest)."""
    found = set()
    for line in text.splitlines():
        words = line.split(";")[0].split()
        if "DS" in words:
            words = words[words.index("DS") + 1:]
        if len(words) >= 4:
            found.add((int(words[0]), int(words[1]), int(words[2]), "".join(words[3:]).lower()))
    return found


def compare_ds(tool, folder, stems):
    """Our DS and those of BIND and ldns for the same keys."""
    ours = ds_of(call(tool, "ds", folder, ZONE))
    bind, ldns = set(), set()
    for stem in stems:
        bind |= ds_of(call("dnssec-dsfromkey", "-a", "SHA-256", "-a", "SHA-384", stem + ".key"))
        for digest in ("-2", "-4"):
            ldns |= ds_of(call("ldns-key2ds", "-n", digest, stem + ".key"))
    same("DS by dnssec-dsfromkey", ours, bind)
    same("DS by ldns-key2ds", ours, ldns)


def sign_with(folder, stems, ksk):
    """Each signer takes the pairs; each verifier takes what it made."""
    plain = os.path.join(folder, "plain.zone")
    with open(plain, "w", encoding="ascii") as file:
        file.write(f"$ORIGIN {ZONE}.\n" + TEXT)
    call("dnssec-signzone", "-q", "-S", "-K", folder, "-3", "-", "-o", ZONE, "-f",
         os.path.join(folder, "bind.zone"), plain, cwd=folder)
    call("ldns-signzone", "-n", "-o", ZONE, "-f", os.path.join(folder, "ldns.zone"), plain, *stems, cwd=folder)
    for signed in ("bind.zone", "ldns.zone"):
        path = os.path.join(folder, signed)
        call("dnssec-verify", "-q", "-o", ZONE, path)
        call("ldns-verify-zone", "-k", ksk + ".key", path)
        call("kzonecheck", "-d", "on", "-o", ZONE, path)
        print(f"accepted: {signed}")


def import_into_knot(folder, stems):
    """Knot takes the pairs and lists the same tags."""
    conf = os.path.join(folder, "knot.conf")
    with open(conf, "w", encoding="ascii") as file:
        file.write(f'database:\n    storage: "{folder}/kasp"\n'
                   f"policy:\n  - id: p\n    manual: on\nzone:\n  - domain: {ZONE}\n    dnssec-policy: p\n")
    os.mkdir(os.path.join(folder, "kasp"), 0o700)
    for stem in stems:
        call("keymgr", "-c", conf, ZONE, "import-bind", stem + ".key")
    listed = call("keymgr", "-c", conf, ZONE, "list")
    tags = {int(word) for line in listed.splitlines() for word in line.split() if word.isdigit()}
    wanted = {int(stem.rsplit("+", 1)[1]) for stem in stems}
    if not wanted <= tags:
        sys.exit(f"keymgr lists {listed}\nwithout all of {wanted}")
    print("accepted: keymgr import-bind")


def main(tool, algorithm):
    """Out, then in."""
    folder = tempfile.mkdtemp(prefix="danewerk-keys-")
    try:
        store, out, back = (os.path.join(folder, name) for name in ("store", "out", "back"))
        for path in (store, out, back):
            os.mkdir(path, 0o700)
        for role in ("ksk", "zsk"):
            call(tool, "generate", store, ZONE, algorithm, role)
        stems = call(tool, "export", store, ZONE, out).split()
        if len(stems) != 2:
            sys.exit(f"exported: {stems}")
        pem = glob.glob(os.path.join(store, "*.pem"))
        for path in pem:
            call("openssl", "pkey", "-in", path, "-noout", "-check")
        compare_ds(tool, out, [stems[0]])
        sign_with(out, stems, stems[0])
        import_into_knot(folder, stems)

        call("dnssec-keygen", "-q", "-K", back, "-a", algorithm, "-b", "2048", "-f", "KSK", ZONE)
        call("ldns-keygen", "-a", algorithm, "-b", "2048", ZONE, cwd=back)
        roles = sorted(line.split()[0] for line in call(tool, "list", back, ZONE).splitlines())
        same("roles of keys by dnssec-keygen and ldns-keygen", roles, ["ksk", "zsk"])
        ksk = [path[:-4] for path in glob.glob(os.path.join(back, "*.key"))
               if " 257 " in open(path, encoding="ascii").read()]
        compare_ds(tool, back, ksk)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except subprocess.TimeoutExpired as error:
        sys.exit(str(error))
