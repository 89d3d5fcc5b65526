"""A folder with a configuration, zones and keys in which the program under test runs."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

START = 1_900_000_000  # later than the moments of all files that the tests write
HOUR, DAY = 3600, 86400
ZONES = ("zone.test", "other.test")


class Tree:
    """Folders and files by relative path: their mode, and the octets of a file (None: a folder)."""

    def __init__(self, entries=None):
        self.entries = dict(entries or {})

    @classmethod
    def read(cls, folder):
        tree = cls()
        for here, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(here, name)
                octets = pathlib.Path(path).read_bytes() if name in files else None
                mode = os.stat(path).st_mode & 0o7777
                tree.entries[os.path.relpath(path, folder)] = (mode, octets)
        return tree

    def write(self, folder):
        """Makes the folder have this and nothing else."""
        with os.scandir(folder) as entries:
            for entry in list(entries):
                if entry.is_dir():
                    shutil.rmtree(entry.path)
                else:
                    os.unlink(entry.path)
        for name, (mode, octets) in sorted(self.entries.items()):
            path = os.path.join(folder, name)
            if octets is None:
                os.mkdir(path)
            else:
                pathlib.Path(path).write_bytes(octets)
            os.chmod(path, mode)

    def files(self, prefix="", suffix=""):
        return {name: octets for name, (_, octets) in self.entries.items()
                if octets is not None and name.startswith(prefix) and name.endswith(suffix)}


class Done:
    """How a command ended."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def __str__(self):
        return f"exit {self.code}\n{self.out}{self.err}"


def zone_text(serial, address="192.0.2.2"):
    return (f"$TTL 3600\n@ SOA ns admin {serial} 3600 900 604800 1800\n@ NS ns\n"
            f"ns A 192.0.2.1\nwww A {address}\n*.w TXT any\n")


class Site:
    def __init__(self, binary, preload):
        self.binary, self.preload = os.path.abspath(binary), os.path.abspath(preload)
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._scratch = tempfile.TemporaryDirectory(prefix="danewerk-crash-", dir=memory)
        self.base = pathlib.Path(self._scratch.name)
        self.folder = self.base / "site"
        self.folder.mkdir(mode=0o755)
        (self.folder / "keys").mkdir(mode=0o700)
        (self.folder / "out").mkdir()
        for zone in ZONES:
            self.write(f"{zone}.zone", zone_text(1))
        self.configure()

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def configure(self, policy="", zones=ZONES, extra=""):
        # One algorithm whose signatures differ each time they are made, and one whose do not.
        text = "state: state\nkeys: keys\npolicies:\n"
        for name, algorithm in (("zone.test", "ecdsap256sha256"), ("other.test", "ed25519")):
            text += (f"  {name}: {{algorithm: {algorithm}, propagation-delay: 1h, "
                     f"serial: increment{policy}}}\n")
        text += "zones:\n"
        for zone in zones:
            text += (f"  {zone}: {{file: {zone}.zone, policy: {zone}, output: out/{zone}, "
                     f"parents: none{extra}}}\n")
        self.write("danewerk.yaml", text)

    def command(self, *words):
        return [self.binary, "--config", str(self.folder / "danewerk.yaml"), *words]

    def environment(self, now, **more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DW_")}
        kept.pop("DANEWERK_CONFIG", None)
        return dict(kept, LC_ALL="C.UTF-8", TZ="UTC", LD_PRELOAD=self.preload, DW_CLOCK=str(now),
                    **more)

    def run(self, *words, now, **more):
        done = subprocess.run(self.command(*words), env=self.environment(now, **more),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              check=False)
        return Done(done)

    def run_well(self, *words, now):
        done = self.run(*words, now=now)
        if done.code != 0:
            raise SystemExit(f"{words} at {now}: {done}")
        return done.out

    def strace(self, options, words, now):
        """The command under strace; the preload and its settings are the program's alone."""
        settings = self.environment(now)
        plain = {name: value for name, value in settings.items()
                 if name not in ("LD_PRELOAD", "DW_CLOCK")}
        passed = [word for name in ("LD_PRELOAD", "DW_CLOCK")
                  for word in ("-E", f"{name}={settings[name]}")]
        done = subprocess.run(["strace", "-f", "-qq", "-e", "signal=none", *passed, *options,
                               *self.command(*words)], env=plain, timeout=300,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return Done(done)

    def tree(self):
        return Tree.read(self.folder)

    def next_event(self, now):
        """When the first of the zones is wanted again."""
        moments = []
        for zone in ZONES:
            wake = json.loads(self.run_well("--json", "zone", "show", zone, now=now))["next"]
            moment = datetime.datetime.strptime(wake, "%Y-%m-%dT%H:%M:%SZ")
            moments.append(int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()))
        return min(moments)
