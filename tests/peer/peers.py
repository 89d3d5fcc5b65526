"""Other people's signers and verifiers, and ours, behind small functions. Imported by the tests here.

Every call that fails prints what was called and what it said, and ends the test. Nothing is skipped:
a tool that is not installed is a failure.
"""
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FULL = os.environ.get("DW_TEST_TIER") == "full"
NUMBERS = {"RSASHA256": 8, "RSASHA512": 10, "ECDSAP256SHA256": 13, "ECDSAP384SHA384": 14,
           "ED25519": 15, "ED448": 16}
# validns is of 2016: these go to it as TYPE<number>, which ldns-read-zone can print.
UNKNOWN_TO_VALIDNS = ("CAA", "CDS", "CDNSKEY", "CSYNC", "SVCB", "HTTPS", "OPENPGPKEY", "SMIMEA", "ZONEMD",
                      "URI", "EUI48", "EUI64", "APL")


class Failed(Exception):
    """What was called, and what it said."""


def run(*command):
    """Runs a command to its end, whatever that is."""
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, timeout=3000,
                              env=dict(os.environ, LC_ALL="C", TZ="UTC",
                                       PATH=os.environ["PATH"] + ":/usr/sbin"))
    except FileNotFoundError as error:
        raise Failed(f"{command[0]} is not installed") from error


def call(*command):
    """Runs a command that must succeed; its stdout."""
    done = run(*command)
    if done.returncode != 0:
        raise Failed(f"$ {' '.join(command)}\nexit {done.returncode}\n"
                     f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def zone_lines(origin, signed):
    """The records of a zone in BIND's text form, each as its words."""
    text = call("named-compilezone", "-q", "-i", "none", "-k", "ignore", "-s", "full", "-o", "-", origin, signed)
    return [words for words in map(str.split, text.splitlines()) if len(words) > 4]


class Workshop:
    """A folder with a zone and its keys, and all that is made of them."""

    def __init__(self, binary, origin, zone_file):
        self.binary = os.path.abspath(binary)
        self.origin = origin
        self.zone = zone_file
        self.folder = tempfile.TemporaryDirectory(prefix="danewerk-peer-")
        os.mkdir(self.path("keys"), 0o700)

    def path(self, *parts):
        return os.path.join(self.folder.name, *parts)

    # Keys.

    def make_keys(self, algorithm, folder="keys"):
        """KSK and ZSK as BIND pairs; their paths without ending."""
        os.makedirs(self.path(folder), mode=0o700, exist_ok=True)
        bits = ("-b", "2048") if algorithm.startswith("RSA") else ()
        return [self.path(folder, call("dnssec-keygen", "-q", "-K", self.path(folder), "-a", algorithm, *bits,
                                       *flags, self.origin).strip()) for flags in (("-f", "KSK"), ())]

    def ds_file(self, signed):
        """DS of the KSKs in a signed zone, made by BIND."""
        path = self.path("ds")
        with open(path, "w", encoding="ascii") as out:
            out.write(call("dnssec-dsfromkey", "-2", "-f", signed, self.origin))
        return path

    # Signers.

    def sign(self, output, *options, zone=None, keys="keys"):
        """danewerk; what it printed."""
        return call(self.binary, "sign", zone or self.zone, "--origin", self.origin, "--keys", self.path(keys),
                    "-o", self.path(output), *options)

    def verify(self, signed, *options):
        return call(self.binary, "verify", signed, "--origin", self.origin, *options)

    def verdict(self, signed, *options):
        """Exit code and all that verify says, whatever it is."""
        done = run(self.binary, "verify", signed, "--origin", self.origin, *options)
        return done.returncode, done.stdout + done.stderr

    def sign_bind(self, output, keys, denial, *options):
        """dnssec-signzone, one record a line; KSK signs DNSKEY alone (-x)."""
        source = self.path("bind.in")
        with open(source, "wb") as out:
            for part in (self.zone, *(key + ".key" for key in keys)):
                with open(part, "rb") as file:
                    out.write(file.read() + b"\n")
        chain = {"nsec": (), "nsec3": ("-3", "-", "-H", "0"), "opt-out": ("-3", "-", "-H", "0", "-A")}[denial]
        call("dnssec-signzone", "-q", "-x", "-P", "-O", "full", *chain, "-d", self.folder.name, "-o", self.origin,
             *options, "-f", self.path(output), source, *keys)
        return self.path(output)

    def sign_ldns(self, output, keys, denial, *options):
        chain = {"nsec": (), "nsec3": ("-n", "-t", "0"), "opt-out": ("-n", "-t", "0", "-p")}[denial]
        call("ldns-signzone", *chain, "-o", self.origin, *options, "-f", self.path(output), self.zone, *keys)
        return self.path(output)

    def sign_knot(self, output, keys, denial, algorithm, zonemd="none"):
        config, store = self.path(output + ".conf"), self.path(output + ".kasp")
        os.mkdir(store)
        on = {True: "on", False: "off"}
        with open(config, "w", encoding="ascii") as out:
            out.write(f"""database:
    storage: {store}
policy:
  - id: peer
    manual: on
    algorithm: {algorithm.lower()}
    nsec3: {on[denial != "nsec"]}
    nsec3-iterations: 0
    nsec3-salt-length: 0
    nsec3-opt-out: {on[denial == "opt-out"]}
zone:
  - domain: {self.origin}.
    file: {self.zone}
    dnssec-signing: on
    dnssec-policy: peer
    zonemd-generate: {zonemd}
""")
        for key in keys:
            call("keymgr", "-c", config, self.origin + ".", "import-bind", key + ".key")
        os.mkdir(self.path(output + ".d"))
        call("kzonesign", "-c", config, "-o", self.path(output + ".d"), self.origin + ".")
        made, = os.listdir(self.path(output + ".d"))
        return self.path(output + ".d", made)

    # Judges.

    def judge(self, signed, algorithm, denial):
        """Every foreign verifier that can read such a zone. Exceptions stand in tests/README.md."""
        call("dnssec-verify", "-q", "-x", "-o", self.origin, signed)
        call("kzonecheck", "-d", "on", "-o", self.origin, signed)
        if denial != "opt-out":
            call("ldns-verify-zone", "-V", "1", "-k", self.ds_file(signed), signed)
        # validns takes no dot inside a label (edge.example) and nothing as part of the root zone.
        if algorithm.startswith("RSA") and self.origin not in ("edge.example", "."):
            self.judge_validns(signed)

    def judge_validns(self, signed):
        plain = self.path("validns.zone")
        hidden = [word for name in UNKNOWN_TO_VALIDNS for word in ("-u", name)]
        with open(plain, "w", encoding="ascii") as out:
            out.write(call("ldns-read-zone", *hidden, signed))
        call("validns", "-z", self.origin or ".", plain)

    def records(self, signed, *types):
        """(owner, TTL, type, RDATA) of some types, in BIND's text form; RDATA without spaces."""
        found = set()
        for words in zone_lines(self.origin, signed):
            if words[3] in types:
                found.add((words[0].lower(), words[1], words[3], "".join(words[4:])))
        return found


def make_zone(kind, count, path):
    """A zone by contrib/bench/make-zone, always the same."""
    with open(path, "w", encoding="ascii") as out:
        out.write(call(os.path.join(ROOT, "contrib/bench/make-zone"), kind, str(count)))
    return path


def open_workshop(binary, name):
    """The workshop of a zone: example.org, edge.example, root, hosts or delegations."""
    if name == "root":
        return Workshop(binary, ".", os.path.join(ROOT, "tests/data/root-2018031200.zone"))
    if name in ("hosts", "delegations"):
        shop = Workshop(binary, "bench.example", None)
        shop.zone = make_zone(name, 100000 if FULL else 1000, shop.path(name + ".zone"))
        return shop
    return Workshop(binary, name, os.path.join(ROOT, "zones", name + ".zone"))


def now():
    return int(time.time())


def main(test):
    """Calls TEST with the words of the command line; one line at the end, exit 1 on failure."""
    try:
        print(test(*sys.argv[1:]))
    except Failed as failure:
        print(failure)
        sys.exit(1)
