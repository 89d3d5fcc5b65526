#!/usr/bin/env python3
"""What other people's servers show is seen as it is: named as a secondary with and without TSIG, NSD
and Knot as servers of the parent zone, unbound as the resolver that finds them.

    observed.py LOOK TEST

LOOK is the program observe_look; TEST one of secondary, tsig, parent, lagging, large, search.
"""
import base64
import os
import signal
import subprocess
import sys
import tempfile
import time

import peers

SECRET = base64.b64encode(b"a secret of the test, 32 octets.").decode()
OTHER = base64.b64encode(b"another secret of 32 octets, too").decode()
# Each test has ports of its own: they may run at the same time.
PORTS = {"secondary": 15510, "tsig": 15520, "parent": 15530, "lagging": 15540, "large": 15550, "search": 15560}
DS = "4711 13 2 " + "ab" * 32


class Lab:
    """Servers on loopback, stopped at the end."""

    def __init__(self, look, port):
        self.look_binary, self.port = look, port
        self.folder = tempfile.TemporaryDirectory(prefix="danewerk-observe-")
        self.running = []

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
        self.folder.cleanup()

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        return path

    def start(self, *command):
        env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin")
        log = open(os.path.join(self.folder.name, f"log{len(self.running)}"), "wb")
        self.running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env))

    def look(self, zone, *options):
        return peers.call(self.look_binary, zone, str(int(time.time())), *map(str, options)).splitlines()

    def expect(self, wanted, zone, *options):
        """Looks until WANTED is what is seen: servers take a while to start and to load."""
        end = time.monotonic() + 15
        while (seen := self.look(zone, *options)) != wanted:
            if time.monotonic() > end:
                raise peers.Failed(f"expected {wanted}\nseen     {seen}")
            time.sleep(0.1)

    # Servers.

    def named(self, serial):
        zone = self.write("named/zone", f"@ 3600 SOA ns host {serial} 3600 900 604800 300\n@ 3600 NS ns\n"
                                        "ns 3600 A 127.0.0.1\n@ 3600 DNSKEY 257 3 15 " + "A" * 43 + "=\n")
        config = self.write("named/conf", f"""options {{ directory "{self.folder.name}/named"; pid-file none;
  listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; session-keyfile none; recursion no; notify no; }};
key "transfer.key." {{ algorithm hmac-sha256; secret "{SECRET}"; }};
controls {{ }};
zone "zone.example" {{ type primary; file "{zone}"; check-names ignore; }};
""")
        self.start("named", "-g", "-n", "1", "-c", config)

    def parent_text(self, delegation):
        return ("$ORIGIN example.\n@ 3600 SOA ns1 host 1 3600 900 604800 300\n@ 3600 NS ns1\n@ 3600 NS ns2\n"
                "ns1 3600 A 127.0.0.41\nns2 3600 A 127.0.0.42\nzone 3600 NS ns.zone\nns.zone 3600 A 127.0.0.1\n"
                + delegation)

    def nsd(self, delegation):
        """Server ns1 of the parent zone."""
        home = os.path.join(self.folder.name, "nsd")
        self.write("nsd/zone", self.parent_text(delegation))
        config = self.write("nsd/conf", f"""server:
  ip-address: 127.0.0.41@{self.port}
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
zone:
  name: "example"
  zonefile: "zone"
""")
        self.start("nsd", "-d", "-c", config)

    def reload_nsd(self, delegation):
        self.write("nsd/zone", self.parent_text(delegation).replace("host 1 ", f"host {time.time_ns() % 10**9} "))
        peers.call("nsd-control", "-c", os.path.join(self.folder.name, "nsd/conf"), "reload", "example")

    def knot(self, delegation):
        """Server ns2 of the parent zone."""
        home = os.path.join(self.folder.name, "knot")
        self.write("knot/zone", self.parent_text(delegation))
        config = self.write("knot/conf", f"""server:
    rundir: "{home}"
    listen: 127.0.0.42@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{home}/db"
zone:
  - domain: example.
    storage: "{home}"
    file: zone
""")
        self.start("knotd", "-c", config)

    def reload_knot(self, delegation):
        home = os.path.join(self.folder.name, "knot")
        self.write("knot/zone", self.parent_text(delegation).replace("host 1 ", "host 2 "))
        peers.call("knotc", "-s", f"{home}/knot.sock", "zone-reload", "example")

    def unbound(self):
        config = self.write("unbound/conf", f"""server:
  interface: 127.0.0.43
  port: {self.port}
  do-ip6: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.folder.name}/unbound"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  cache-max-negative-ttl: 0
remote-control:
  control-enable: no
stub-zone:
  name: "example"
  stub-addr: 127.0.0.41@{self.port}
  stub-addr: 127.0.0.42@{self.port}
""")
        self.start("unbound", "-d", "-c", config)

    def parents(self):
        return ("--parent", "127.0.0.41", self.port, "--parent", "127.0.0.42", self.port)

    def shown(self, first, second):
        return [f"parent 127.0.0.41@{self.port}: {first}", f"parent 127.0.0.42@{self.port}: {second}"]


def secondary(lab):
    at = f"127.0.0.1@{lab.port}"
    lab.named(2026112101)
    lab.expect([f"secondary {at}: serial 2026112101", f"dnskey {at}: 1"],
               "Zone.Example", "--secondary", "127.0.0.1", lab.port, "--dnskey")
    lab.expect([f"secondary {at}: answers REFUSED when asked for the SOA"],
               "other.example", "--secondary", "127.0.0.1", lab.port)
    silent = lab.look("zone.example", "--secondary", "127.0.0.1", lab.port + 9)
    if silent != [f"secondary 127.0.0.1@{lab.port + 9}: cannot be asked: connection refused"]:
        raise peers.Failed(f"nobody listens there, and yet: {silent}")


def tsig(lab):
    at = f"secondary 127.0.0.1@{lab.port}: "
    lab.named(1)
    server = ("--secondary", "127.0.0.1", lab.port)
    lab.expect([at + "serial 1"], "zone.example", *server, "transfer.key", "hmac-sha256", SECRET)
    for key, secret, why in (
            ("transfer.key", OTHER, "refuses the signature by TSIG key transfer.key.: is the secret the same?"),
            ("other.key", SECRET, "does not know TSIG key other.key.")):
        lab.expect([at + why], "zone.example", *server, key, "hmac-sha256", secret)
    late = peers.call(lab.look_binary, "zone.example", str(int(time.time()) - 600), *map(str, server),
                      "transfer.key", "hmac-sha256", SECRET).strip()
    if late != at + "says that its clock and ours are too far apart for TSIG":
        raise peers.Failed(late)


def parent(lab):
    lab.nsd("")
    lab.knot("")
    lab.expect(lab.shown("0 DS, TTL 0", "0 DS, TTL 0"), "zone.example", *lab.parents())
    lab.reload_nsd(f"zone 7200 DS {DS}\n")
    lab.reload_knot(f"zone 7200 DS {DS}\n")
    lab.expect(lab.shown("1 DS, TTL 7200", "1 DS, TTL 7200"), "zone.example", *lab.parents())
    lab.reload_nsd("")
    lab.reload_knot("")
    lab.expect(lab.shown("0 DS, TTL 0", "0 DS, TTL 0"), "zone.example", *lab.parents())


def lagging(lab):
    lab.nsd(f"zone 7200 DS {DS}\n")
    lab.knot("")
    lab.expect(lab.shown("1 DS, TTL 7200", "0 DS, TTL 0"), "zone.example", *lab.parents())
    lab.reload_knot(f"zone 3600 DS {DS}\n")
    lab.expect(lab.shown("1 DS, TTL 7200", "1 DS, TTL 3600"), "zone.example", *lab.parents())


def large(lab):
    many = "".join(f"zone 3600 DS {tag} 13 4 {tag:04x}{'cd' * 46}\n" for tag in range(1, 101))
    lab.nsd(many)
    lab.knot(many)
    lab.expect(lab.shown("100 DS, TTL 3600", "100 DS, TTL 3600"), "zone.example", *lab.parents())


def search(lab):
    lab.nsd(f"zone 3600 DS {DS}\n")
    lab.knot(f"zone 3600 DS {DS}\n")
    lab.unbound()
    ask = ("--auto", "127.0.0.43", lab.port, lab.port)
    lab.expect([f"parent ns1.example. (127.0.0.41@{lab.port}): 1 DS, TTL 3600",
                f"parent ns2.example. (127.0.0.42@{lab.port}): 1 DS, TTL 3600"], "zone.example", *ask)
    # An empty non-terminal above the zone: its parent is further up.
    lab.expect([f"parent ns1.example. (127.0.0.41@{lab.port}): 0 DS, TTL 0",
                f"parent ns2.example. (127.0.0.42@{lab.port}): 0 DS, TTL 0"], "a.b.example", *ask)
    lab.expect(["parents: no resolver says which zone zone.example. is delegated from"],
               "zone.example", "--auto", "127.0.0.44", lab.port, lab.port)


def test(look, name):
    with Lab(os.path.abspath(look), PORTS[name]) as lab:
        getattr(sys.modules[__name__], name)(lab)
    return f"{name}: seen as it is"


peers.main(test)
