"""A folder with zones, their configuration, and a daemon that works there. Nothing waits for longer
than it must: conditions are asked for until they hold, or a deadline passes."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
ZONE = """$TTL 3600
@ IN SOA ns1 hostmaster {serial} 7200 900 1209600 300
  IN NS ns1
ns1 IN A 192.0.2.1
www IN A 192.0.2.{host}
"""
POLICY = "algorithm: ed25519"


class Wrong(Exception):
    """What a test found."""


def check(condition, what):
    if not condition:
        raise Wrong(what)


def wait_for(condition, what):
    """The first true value of CONDITION."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Wrong(f"not within {PATIENCE} s: {what}")
        time.sleep(0.03)


class Site:
    def __init__(self, danewerk, danewerkd, zones=("one.example",)):
        self.danewerk, self.danewerkd = danewerk, danewerkd
        self.scratch = tempfile.TemporaryDirectory(prefix="danewerkd-")
        self.folder = os.path.join(self.scratch.name, "site")
        os.mkdir(self.folder)
        os.makedirs(self.path("keys"), 0o700)
        os.makedirs(self.path("zones"))
        os.makedirs(self.path("signed"))
        self.zones = list(zones)
        self.daemon = None
        self.logs = 0
        self.environment = {k: v for k, v in os.environ.items()
                            if k not in ("DANEWERK_CONFIG", "NOTIFY_SOCKET", "JOURNAL_STREAM")}
        for zone in self.zones:
            self.edit(zone, serial=1, host=10)
        self.configure()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.daemon:
            self.daemon.send_signal(signal.SIGCONT)
            self.daemon.kill()
            self.daemon.wait()
        if kind:
            print(self.log(), file=sys.stderr)
        self.scratch.cleanup()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        """As an editor does it: another file, renamed."""
        with open(self.path(name + "~new"), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(self.path(name + "~new"), 0o644)
        os.rename(self.path(name + "~new"), self.path(name))

    def edit(self, zone, serial, host):
        self.write(f"zones/{zone}.zone", ZONE.format(serial=serial, host=host))

    def configure(self, more="", top=""):
        lines = [top, "policies:", "  default:", f"    {POLICY}", "zones:"]
        for zone in self.zones:
            lines += [f"  {zone}:", f"    file: zones/{zone}.zone", f"    output: signed/{zone}.zone",
                      "    parents: none"]
        self.write("danewerk.yaml", "\n".join(lines) + "\n" + more)

    # The daemon.

    def start(self, wanted="event=started", **environment):
        self.logs += 1
        with open(self.path(f"log{self.logs}"), "wb") as log:
            self.daemon = subprocess.Popen([self.danewerkd, "--config", self.path("danewerk.yaml"), "-v"],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env={**self.environment, **environment})
        if wanted:
            wait_for(lambda: wanted in self.log() or self.daemon.poll() is not None, wanted)
            check(self.daemon.poll() is None, "the daemon did not start")

    def log(self):
        try:
            with open(self.path(f"log{self.logs}"), encoding="utf-8") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def logged(self, pattern, times=1):
        return wait_for(lambda: len(re.findall(pattern, self.log())) >= times, f"log: {pattern} x{times}")

    def stop(self, how=signal.SIGTERM):
        self.daemon.send_signal(how)
        try:
            code = self.daemon.wait(PATIENCE)
        except subprocess.TimeoutExpired as late:
            raise Wrong("the daemon does not stop") from late
        self.daemon = None
        return code

    # Commands.

    def run(self, *words):
        """Exit code, standard output, standard error."""
        done = subprocess.run([self.danewerk, "--config", self.path("danewerk.yaml"), *words],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE * 2, check=False,
                              encoding="utf-8", env=self.environment)
        return done.returncode, done.stdout, done.stderr

    def good(self, *words):
        code, out, err = self.run(*words)
        check(code == 0, f"{words}: exit {code}: {out}{err}")
        return out

    def status(self, zone="one.example"):
        all_zones = json.loads(self.good("--json", "status"))
        return next((z for z in all_zones if z["zone"] == zone + "."), None)

    def published(self, zone="one.example"):
        """Serial of the output file; 0: there is none."""
        try:
            with open(self.path("signed", zone + ".zone"), encoding="utf-8") as out:
                found = re.search(r"SOA\s+\S+\s+\S+\s+(\d+)", out.read())
        except FileNotFoundError:
            return 0
        return int(found.group(1)) if found else 0

    def output(self, zone="one.example"):
        with open(self.path("signed", zone + ".zone"), encoding="utf-8") as out:
            return out.read()

    def settled(self):
        """Nothing is left to do: the daemon sleeps after a pass that found nothing."""
        def is_quiet():
            lines = self.log().splitlines()
            return lines and "event=sleep" in lines[-1] and "ms=0" not in lines[-1]
        wait_for(is_quiet, "the daemon sleeps")

    def connect(self, name="state/control"):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(PATIENCE)
        client.connect(self.path(name))
        return client

    def keep_copy(self):
        shutil.copytree(self.folder, self.scratch.name + "/copy", symlinks=True)

    def bring_back(self):
        shutil.rmtree(self.folder)
        shutil.copytree(self.scratch.name + "/copy", self.folder, symlinks=True)
