"""Promise P4 of a site at which a command was disturbed: nothing is lost, nothing goes back."""
import base64
import hashlib
import re
import sqlite3
import subprocess


LAST_LINE = re.compile(rb"; danewerk 1 sha256 ([0-9a-f]{64})\n\Z")
ALARMS = re.compile("no state of danewerk|malformed|not a database|corrupt|restore")
# What a power cut between the two files of a key leaves, and the operator may hear of.
KNOWN = re.compile(r"^\S+: warning: \[KEY-UNFINISHED\] .*\nhint: .*\n", re.M)
MINUTE = 60


def outputs(tree):
    return {name: octets for name, octets in tree.files("out/").items()
            if not name.endswith(".tmp")}


def key_files(tree):
    return {**tree.files("keys/", ".pem"), **tree.files("keys/", ".dnskey")}


def records(tree):
    return tree.files("keys/", ".dnskey")


def serial_of(octets):
    """-1 of a file that is no zone."""
    found = re.search(rb"\tIN\tSOA\t\S+ \S+ (\d+) ", octets)
    return int(found.group(1)) if found else -1


def public_keys(octets):
    """RDATA of the DNSKEY records in a text."""
    found = re.findall(rb"^\S+\s(?:\d+\s)?IN\sDNSKEY\s(\d+) (\d+) (\d+) ([^\n]+)$", octets, re.M)
    return {(*words, b"".join(key.split())) for *words, key in found}


class Judge:
    """Judges sites of one scenario. What was judged once is not judged again."""

    def __init__(self, site, base, now):
        self.site, self.base, self.now = site, base, now
        self._verified = {}
        self._paired = {}
        self.most_keys = None  # an undisturbed run ends with so many
        self._judged = 0

    def is_good_zone(self, octets, at):
        name = hashlib.sha256(octets).hexdigest() + str(at)
        if name not in self._verified:
            line = LAST_LINE.search(octets)
            whole = line is not None and line.group(1).decode() == hashlib.sha256(
                octets[:line.start()]).hexdigest()
            path = self.site.base / "judged.zone"
            path.write_bytes(octets)
            self._verified[name] = whole and self.site.run("verify", str(path), now=at).code == 0
        return self._verified[name]

    def is_pair(self, pem, record):
        """Do the halves of a key match? Judged by OpenSSL's program."""
        name = hashlib.sha256(pem + record).hexdigest()
        if name not in self._paired:
            done = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=pem,
                                  capture_output=True, check=False)
            public = [base64.b64decode(key) for *_, key in public_keys(record)]
            self._paired[name] = (done.returncode == 0 and len(public) == 1
                                  and done.stdout.endswith(public[0]))
        return self._paired[name]

    def judge(self):
        """Starts again after the fault, and gives sentences on what was lost; none when nothing."""
        found = []
        fallen = self.site.tree()
        self._judge_folder(fallen, self.base, "before the next pass", found)
        self._judged += 1
        if self._judged % 2 == 0:
            self._look_first(found)
        done = self.site.run("run", now=self.now + MINUTE)
        if done.code != 0 or KNOWN.sub("", done.err):
            found.append(f"the next pass fails: {done}")
        healed = self.site.tree()
        self._judge_folder(healed, fallen, "after the next pass", found)
        self._judge_keys(healed, found)
        found += check_state(self.site, "after the next pass")
        self._judge_quiet(healed, found)
        return found

    def _look_first(self, found):
        """Every second time the operator looks before the next pass comes."""
        done = self.site.run("status", now=self.now + MINUTE)
        if done.code not in (0, 1) or ALARMS.search(done.out + done.err):
            found.append(f"status raises an alarm: {done}")

    def _judge_folder(self, tree, before, when, found):
        """Old or new, complete; no key lost; no serial reused or lower."""
        present = outputs(tree)
        for name, octets in outputs(before).items():
            if name not in present:
                found.append(f"{when}: {name} is lost")
            elif present[name] != octets and serial_of(present[name]) <= serial_of(octets):
                found.append(f"{when}: {name} changed, and its serial is not greater")
        for name, octets in present.items():
            if outputs(before).get(name) != octets and not self.is_good_zone(octets, self.now):
                found.append(f"{when}: {name} is not whole, or does not verify")
        present_keys = key_files(tree)
        for name, octets in key_files(before).items():
            if present_keys.get(name) != octets:
                found.append(f"{when}: {name} is lost or not what it was")
        stored = set()
        for name, octets in records(tree).items():
            if name.replace(".dnskey", ".pem") in present_keys:
                stored |= public_keys(octets)
        for name, octets in present.items():
            if not public_keys(octets) <= stored:
                found.append(f"{when}: a key of {name} is not in the key store")

    def _judge_keys(self, tree, found):
        present = key_files(tree)
        for name, record in records(tree).items():
            pem = present.get(name.replace(".dnskey", ".pem"))
            if pem is None or not self.is_pair(pem, record):
                found.append(f"the halves of {name} do not match")
        if self.most_keys is not None and len(records(tree)) > self.most_keys:
            found.append(f"{len(records(tree))} keys where an undisturbed run makes "
                         f"{self.most_keys}")

    def _judge_quiet(self, healed, found):
        """One more pass has nothing to do (promise P6); it may still note that all is well again."""
        self._judge_pass(2, healed, found)
        before = rows(self.site)
        self._judge_pass(3, healed, found)
        changed = [row for row in rows(self.site) if row not in before]
        if changed:
            found.append(f"the third pass changed the state: {changed}")

    def _judge_pass(self, number, healed, found):
        done = self.site.run("run", now=self.now + number * MINUTE)
        tree = self.site.tree()
        if done.code != 0 or done.out or done.err:
            found.append(f"pass {number} after the fault is not quiet: {done}")
        if outputs(tree) != outputs(healed) or key_files(tree) != key_files(healed):
            found.append(f"pass {number} after the fault changed keys or output")


def database(site):
    """A copy, so that looking changes nothing."""
    for name in ("state.db", "state.db-wal"):
        copy, original = site.base / name, site.folder / "state" / name
        copy.unlink(missing_ok=True)
        if original.exists():
            copy.write_bytes(original.read_bytes())
    (site.base / "state.db-shm").unlink(missing_ok=True)
    return sqlite3.connect(site.base / "state.db")


def check_state(site, when):
    try:
        connection = database(site)
        try:
            wrong = [row for row in connection.execute("PRAGMA integrity_check") if row != ("ok",)]
            wrong += connection.execute("PRAGMA foreign_key_check").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        wrong = [error]
    return [f"{when}: the state is damaged: {wrong}"] if wrong else []


def rows(site):
    """All rows of the state but the heartbeat."""
    try:
        connection = database(site)
        try:
            return [line for line in connection.iterdump()
                    if '"meta"' not in line or "last_pass" not in line]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return [str(error)]
