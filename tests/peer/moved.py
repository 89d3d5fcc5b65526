"""Name servers and resolvers of other people on loopback, and a clock that the test moves: danewerk and
the resolvers live by it (libfaketime), caches age when it moves. Servers live in real time: their SOA
timers are of no interest here, for the test says when a secondary transfers. Imported by years.py.
"""
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time

import peers

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
TYPES = {"A": 1, "SOA": 6, "TXT": 16, "DS": 43, "DNSKEY": 48, "CDS": 59}
SERVFAIL, NXDOMAIN = 2, 3
PATIENCE = 20


class Clock:
    """Seconds ahead of the real clock, in a file that libfaketime reads at each question."""

    def __init__(self, path, ahead):
        self.path, self.ahead = path, ahead
        self.move(0)

    def move(self, seconds):
        self.ahead += seconds
        with open(self.path + ".new", "w", encoding="ascii") as out:
            out.write(f"+{self.ahead}\n")
        os.replace(self.path + ".new", self.path)

    def now(self):
        return int(time.time()) + self.ahead

    def text(self):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))

    def environment(self):
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


class Answer:
    """Of a DNS answer, what a stub resolver looks at."""

    def __init__(self, octets):
        self.octets = octets
        flags, _, self.count = struct.unpack("!HHH", octets[2:8])
        self.rcode, self.is_secure = flags & 15, bool(flags & 0x20)

    def serial(self):
        """Of the SOA record, which is the only answer."""
        at = self._skip_name(12) + 4
        at = self._skip_name(at) + 8
        length, = struct.unpack("!H", self.octets[at:at + 2])
        return struct.unpack("!I", self.octets[at + 2 + length - 20:at + 2 + length - 16])[0]

    def _skip_name(self, at):
        while (length := self.octets[at]) != 0:
            if length >= 0xC0:
                return at + 2
            at += length + 1
        return at + 1


def query(number, name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    # RD and AD (RFC 6840 section 5.7); an OPT record with DO.
    return (struct.pack("!6H", number, 0x0120, 1, 0, 0, 1) + labels + struct.pack("!BHH", 0, TYPES[kind], 1) +
            struct.pack("!BHHIH", 0, 41, 1232, 0x8000, 0))


def ask(server, questions):
    """Answers to [(name, type)], in that order."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(2)
        udp.connect(server)
        end = time.monotonic() + PATIENCE
        while len(found) < len(questions):
            if time.monotonic() > end:
                missing = [one for number, one in enumerate(questions) if number not in found]
                raise peers.Failed(f"{server} does not answer {missing[:5]}")
            waiting = [number for number in range(len(questions)) if number not in found][:50]
            try:
                for number in waiting:
                    udp.send(query(number, *questions[number]))
                for _ in waiting:
                    octets = udp.recv(65536)
                    found[struct.unpack("!H", octets[:2])[0]] = Answer(octets)
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.05)
    return [found[number] for number in range(len(questions))]


class Lab:
    """A folder, a clock, Knot as primary server that reads files, NSD that transfers from it when it is
    told to, and resolvers; all stopped at the end."""

    def __init__(self, zones):
        self.zones = zones  # the parent first
        self._scratch = tempfile.TemporaryDirectory(prefix="danewerk-years-")
        self.folder = self._scratch.name
        self.clock = Clock(self.path("clock"), 30 * 86400)  # later than all files that are written
        with socket.socket() as free:
            free.bind(("127.0.0.61", 0))
            port = free.getsockname()[1]
        self.primary = ("127.0.0.61", port)
        self.secondaries = {zone: ("127.0.0.63" if zone == zones[0] else "127.0.0.62", port) for zone in zones}
        self.port, self.running, self.resolvers, self.control = port, [], {}, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.running:
            server.send_signal(signal.SIGTERM)
        for server in self.running:
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        self._scratch.cleanup()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)
        return self.path(name)

    def start(self, name, *command, **environment):
        env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin", **environment)
        with open(self.path(name + ".log"), "wb") as log:
            self.running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env))

    def log(self, name):
        """What a program said; nothing, when it was not started."""
        if not os.path.exists(self.path(name + ".log")):
            return ""
        with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    # Authoritative servers.

    def start_primary(self, folder):
        home = self.path("knot")
        config = self.write("knot/conf", f"""server:
    rundir: "{home}"
    listen: {self.primary[0]}@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{home}/db"
acl:
  - id: transfer
    address: 127.0.0.0/8
    action: transfer
template:
  - id: default
    storage: "{folder}"
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
    acl: transfer
zone:
""" + "".join(f"  - domain: {zone}\n" for zone in self.zones))
        self.start("knotd", "knotd", "-c", config)
        self._wait(lambda: peers.run("knotc", "-s", f"{home}/knot.sock", "status").returncode == 0, "knotd")
        return ["knotc", "-b", "-s", f"{home}/knot.sock", "zone-reload", "%s"]

    def start_secondary(self, name, zones):
        """NSD, as secondary of ZONES; one that has a child, too, does not tell its DS before it has it."""
        home = self.path(name)
        clauses = "".join(f"""zone:
  name: "{zone}"
  zonefile: "{zone}"
  request-xfr: AXFR {self.primary[0]}@{self.port} NOKEY
""" for zone in zones)
        self.write(f"{name}/conf", f"""server:
  ip-address: {self.secondaries[zones[0]][0]}@{self.port}
  username: ""
  chroot: ""
  zonesdir: "{home}"
  database: ""
  pidfile: "{home}/pid"
  xfrdfile: "{home}/xfrd"
  zonelistfile: "{home}/list"
  xfrdir: "{home}"
  server-count: 1
remote-control:
  control-enable: yes
  control-interface: "{home}/ctl"
{clauses}""")
        self.start(name, "nsd", "-d", "-c", f"{home}/conf")
        self.control.update((zone, f"{home}/conf") for zone in zones)
        self._wait(lambda: peers.run("nsd-control", "-c", f"{home}/conf", "status").returncode == 0, name)

    def transfer(self, zones):
        """The secondary fetches ZONES now."""
        for zone in zones:
            peers.call("nsd-control", "-c", self.control[zone], "transfer", zone)
        self._wait(lambda: not self.lagging(zones), "a transfer")

    def lagging(self, zones):
        """Those of which the secondary serves another version than the primary."""
        behind = []
        for server in set(self.secondaries.values()):
            mine = [zone for zone in zones if self.secondaries[zone] == server]
            ahead, here = self.serials(self.primary, mine), self.serials(server, mine)
            behind += [zone for zone in mine if ahead[zone] != here[zone]]
        return behind

    @staticmethod
    def serials(server, zones):
        answers = ask(server, [(zone, "SOA") for zone in zones])
        return {zone: answer.serial() if answer.count else None for zone, answer in zip(zones, answers)}

    def _wait(self, is_there, what):
        end = time.monotonic() + PATIENCE
        while not is_there():
            if time.monotonic() > end:
                raise peers.Failed(f"waited {PATIENCE} s for {what}\n{self.log('knotd')[-1500:]}")
            time.sleep(0.02)

    # Resolvers.

    def start_resolver(self, name, anchor, *options):
        """A validating unbound that knows nothing but the DS in ANCHOR. It neither forgives a skewed clock
        nor asks again when something does not validate."""
        address = (f"127.0.0.{70 + len(self.resolvers)}", self.port)
        stubs = "".join(f"""stub-zone:
  name: "{zone}"
  stub-addr: {self.primary[0]}@{self.port}
  stub-addr: {self.secondaries[zone][0]}@{self.port}
""" for zone in self.zones)
        config = self.write(name + "/conf", f"""server:
  interface: {address[0]}
  port: {address[1]}
  do-ip6: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.path(name)}"
  pidfile: ""
  use-syslog: no
  num-threads: 1
  val-log-level: 2
  log-servfail: yes
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  trust-anchor-file: "{anchor}"
  val-sig-skew-min: 0
  val-sig-skew-max: 0
  val-max-restart: 0
  harden-algo-downgrade: yes
""" + "".join(f"  {option}\n" for option in options) + f"""remote-control:
  control-enable: no
{stubs}""")
        self.start(name, "unbound", "-d", "-c", config, **self.clock.environment())
        self.resolvers[name] = address
        ask(address, [(self.zones[0], "SOA")])
