"""A mail host and a signer on two machines: two networks joined by a cable, BIND or Knot as the signer
that takes updates, NSD as its secondary, servers of root and parent, and unbound as everybody's resolver.
danewerk and the signer live by one clock that the test moves. Imported by updated.py.
"""
import base64
import json
import os
import struct
import subprocess
import tempfile
import time

import inside
import peers
import small_ca

ZONE = "dane.example"
SIGNER, PARENTS, SECONDARY, RESOLVER, MAIL = ("10.53.0.%d" % number for number in (1, 3, 4, 5, 9))
SECRET = base64.b64encode(b"a secret of the test, 32 octets.").decode()
OTHER = base64.b64encode(b"another secret of 32 octets, too").decode()
TTL, MARGIN, MINUTE, HOUR, DAY = 5, 300, 60, 3600, 86400
# Two TTLs and the margin after every server was seen with a record.
AGED = 2 * TTL + MARGIN
NETWORK = "mail"
SOA = "@ 5 SOA ns1 admin 1 3600 900 604800 5\n"
ZONE_TEXT = (f"$ORIGIN {ZONE}.\n" + SOA + f"@ 5 NS ns1\n@ 5 NS ns2\nns1 5 A {SIGNER}\nns2 5 A {SECONDARY}\n"
             f"mx1 5 A {MAIL}\n@ 5 MX 10 mx1\n")
ALIAS_TEXT = "_25._tcp.mx1 5 CNAME tlsa._dane\n"


class Clock:
    """Seconds ahead, as tests/peer/shift reads them."""

    def __init__(self, path, library):
        self.path, self.library, self.ahead = path, library, 0
        self.move(0)

    def move(self, seconds):
        self.ahead += seconds
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as out:
            out.write(struct.pack("q", self.ahead))

    def now(self):
        return time.time() + self.ahead

    def environment(self):
        return {"LD_PRELOAD": self.library, "SHIFT_FILE": self.path}


class Lab:
    def __init__(self, binary, library, signer, more=""):
        self.binary, self.kind, self.more = os.path.abspath(binary), signer, more
        self.scratch = tempfile.TemporaryDirectory(prefix="danewerk-update-")
        self.folder = self.scratch.name
        os.chmod(self.folder, 0o755)
        self.clock = Clock(self.path("clock"), os.path.abspath(library))
        self.history = []
        self.make_networks()
        self.start_servers()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # All processes end with this one: they are its children in a list of their own.
        self.scratch.cleanup()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def failure(self, text):
        logs = [self.path(name) for name in sorted(os.listdir(self.folder)) if name.endswith(".log")]
        tails = [f"--- {log}\n" + open(log, encoding="utf-8", errors="replace").read()[-1500:] for log in logs]
        return peers.Failed("\n".join([text, *self.history[-12:], *tails]))

    def until(self, is_there, what, patience=20):
        end = time.monotonic() + patience
        while not is_there():
            if time.monotonic() > end:
                raise self.failure(f"waited {patience} s for {what}")
            time.sleep(0.05)

    # Networks and servers.

    def make_networks(self):
        """Servers here, the mail host beyond the cable."""
        inside.lift_loopback()
        peers.call("mount", "-t", "tmpfs", "none", "/run")
        peers.call("ip", "netns", "add", NETWORK)
        peers.call("ip", "link", "add", "signer", "type", "veth", "peer", "name", "mail", "netns", NETWORK)
        for number, address in enumerate((SIGNER, PARENTS, SECONDARY, RESOLVER)):
            peers.call("ip", "address", "add", f"{address}/{24 if number == 0 else 32}", "dev", "signer")
        peers.call("ip", "link", "set", "signer", "up")
        peers.call("ip", "-n", NETWORK, "address", "add", MAIL + "/24", "dev", "mail")
        for device in ("lo", "mail"):
            peers.call("ip", "-n", NETWORK, "link", "set", device, "up")
        resolv = self.write("resolv.conf", f"nameserver {RESOLVER}\n")
        peers.call("mount", "--bind", resolv, "/etc/resolv.conf")

    def plug(self, is_in):
        peers.call("ip", "link", "set", "signer", "up" if is_in else "down")

    def start(self, name, *command, **environment):
        env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin", **environment)
        with open(self.path(name + ".log"), "wb") as log:
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)

    def nsd(self, name, address, zones):
        home = self.path(name)
        os.makedirs(home)
        listed = "".join(f"zone:\n  name: \"{zone}\"\n  zonefile: \"{file}\"\n{more}" for zone, file, more in zones)
        self.start(name, "nsd", "-d", "-c", self.write(f"{name}/conf", f"""server:
  ip-address: {address}
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
{listed}"""))

    def start_servers(self):
        parents = self.write("root.zone", f"$ORIGIN .\n{SOA}@ 5 NS ns1.\nns1. 5 A {PARENTS}\n"
                             f"example. 5 NS ns.example.\nns.example. 5 A {PARENTS}\n")
        example = self.write("example.zone", f"$ORIGIN example.\n{SOA}@ 5 NS ns\nns 5 A {PARENTS}\n"
                             f"dane 5 NS ns1.dane\ndane 5 NS ns2.dane\n"
                             f"ns1.dane 5 A {SIGNER}\nns2.dane 5 A {SECONDARY}\n")
        self.nsd("parents", PARENTS, [(".", parents, ""), ("example", example, "")])
        {"bind": self.start_bind, "knot": self.start_knot}[self.kind]()
        self.nsd("secondary", SECONDARY, [(ZONE, self.path("secondary/zone"),
                                           f"  request-xfr: AXFR {SIGNER} NOKEY\n")])
        hints = self.write("unbound/hints", f". 3600000 NS ns1.\nns1. 3600000 A {PARENTS}\n")
        self.start("unbound", "unbound", "-d", "-c", self.write("unbound/conf", f"""server:
  interface: {RESOLVER}
  do-ip6: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.path("unbound")}"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  access-control: 10.0.0.0/8 allow
  root-hints: "{hints}"
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
remote-control:
  control-enable: no
"""))
        self.until(lambda: self.serial(SIGNER) and self.signed(SIGNER), "a signed zone")
        self.follow()
        self.until(lambda: self.dig(RESOLVER, f"mx1.{ZONE}", "A", recurse=True), "the resolver")

    def start_bind(self):
        home = self.path("bind")
        self.write("bind/zone", ZONE_TEXT + self.more)
        self.start("bind", "named", "-g", "-n", "1", "-c", self.write("bind/conf", f"""options {{
  directory "{home}"; pid-file none; session-keyfile none; listen-on {{ {SIGNER}; }}; listen-on-v6 {{ none; }};
  recursion no; notify no; dnssec-validation no; allow-transfer {{ any; }}; }};
key "mail.key." {{ algorithm hmac-sha256; secret "{SECRET}"; }};
controls {{ }};
zone "{ZONE}" {{ type primary; file "zone"; dnssec-policy default; inline-signing yes;
  update-policy {{ grant "mail.key." name _25._tcp.mx1.{ZONE}. TLSA; }}; }};
"""), **self.clock.environment())

    def start_knot(self):
        home = self.path("knot")
        self.write("knot/zone", ZONE_TEXT + self.more)
        os.mkdir(self.path("knot/db"))
        self.start("knot", "knotd", "-c", self.write("knot/conf", f"""server:
    rundir: "{home}"
    listen: {SIGNER}@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{home}/db"
key:
  - id: mail.key.
    algorithm: hmac-sha256
    secret: "{SECRET}"
acl:
  - id: change
    key: mail.key.
    action: update
    update-type: TLSA
  - id: copy
    address: 10.0.0.0/8
    action: transfer
zone:
  - domain: {ZONE}
    storage: "{home}"
    file: zone
    dnssec-signing: on
    acl: [change, copy]
"""), **self.clock.environment())

    def transfer(self):
        """The secondary fetches the zone now; it is told by nobody else."""
        config = self.path("secondary/conf")
        return peers.run("nsd-control", "-c", config, "force_transfer", ZONE).returncode == 0

    def follow(self):
        """Until it has what the signer has, which may sign once more meanwhile."""
        def is_there():
            if self.serial(SECONDARY) == self.serial(SIGNER):
                return True
            self.transfer()
            time.sleep(0.2)
            return False
        self.until(is_there, "a transfer")

    # Looks.

    def dig(self, server, name, kind, recurse=False):
        done = peers.run("dig", "@" + server, "+short", "+time=1", "+tries=1", "+dnssec",
                         "+recurse" if recurse else "+norecurse", name, kind)
        return [] if done.returncode != 0 else [line for line in done.stdout.splitlines() if not line.startswith(";")]

    def serial(self, server):
        lines = self.dig(server, ZONE, "SOA")
        return lines[0].split()[2] if lines else None

    def signed(self, server):
        return any(line.startswith("SOA ") for line in self.dig(server, ZONE, "SOA"))

    def tlsa(self, server=SIGNER):
        """Data of the 3 1 1 records that a server shows."""
        lines = self.dig(server, f"_25._tcp.mx1.{ZONE}", "TLSA")
        return {"".join(line.split()[3:]).lower() for line in lines if line.startswith("3 1 1 ")}


class Host:
    """A mail host with danewerk and nothing but a certificate."""

    def __init__(self, lab, name, update):
        self.lab, self.name = lab, name
        self.home = lab.path(name)
        os.makedirs(os.path.join(self.home, "live"))
        os.makedirs(os.path.join(self.home, "served"))
        os.makedirs(os.path.join(self.home, "keys"), mode=0o700)
        self.authority = small_ca.SmallAuthority(os.path.join(self.home, "ca"), ["issuer"],
                                                 ("env", *(f"{key}={value}" for key, value in
                                                           lab.clock.environment().items())))
        self.files = [os.path.join(self.home, "live", name) for name in ("chain.pem", "key.pem")]
        self.set_secret(SECRET)
        self.configure(update)

    def set_secret(self, secret):
        self.lab.write(f"{self.name}/secret", secret + "\n", 0o600)

    def configure(self, update):
        self.lab.write(f"{self.name}/danewerk.yaml", f"""state: state
keys: keys
tsig:
  mail.key: {{secret-file: secret}}
certificates:
  mail:
    certificate: live/chain.pem
    key: live/key.pem
    serve: {{directory: served/mail}}
    services: ["mx1.{ZONE}:25/smtp"]
    probe: none
    ttl: {TTL}s
    update: {update}
""")

    def renew(self, is_key_new=True):
        """What the ACME client leaves; the digest that a record of it has."""
        if is_key_new:
            small_ca.make_key(self.files[1])
        self.authority.renew(self.files[1], "issuer", f"mx1.{ZONE}", self.files[0])
        return self.digest(self.files[0])

    @staticmethod
    def digest(file):
        line = peers.call(os.environ["DW_BINARY"], "-q", "tlsa", "gen", file, "--record", "3 1 1")
        return "".join(line.split()[-1:]).lower()

    def served(self):
        file = os.path.join(self.home, "served", "mail", "fullchain.pem")
        return self.digest(file) if os.path.exists(file) else None

    def danewerk(self, *words, late=0):
        """In the mail host's network, by the clock of the test, or so many seconds behind it."""
        clock = self.lab.clock if late == 0 else Clock(self.lab.path("late"), self.lab.clock.library)
        if late != 0:
            clock.move(self.lab.clock.ahead - late)
        command = ["ip", "netns", "exec", NETWORK, self.lab.binary, "--config",
                   os.path.join(self.home, "danewerk.yaml"), *words]
        done = subprocess.run(command, check=False, text=True, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=120, env=dict(os.environ, LC_ALL="C", TZ="UTC", **clock.environment()))
        self.lab.history.append(f"+{self.lab.clock.ahead} s {self.name}: danewerk {' '.join(words)}: "
                                f"exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def run(self, code=0, late=0):
        done = self.danewerk("run", late=late)
        if done.returncode != code:
            raise self.lab.failure(f"{self.name}: run: exit {done.returncode} instead of {code}")
        return done.stdout + done.stderr

    def report(self):
        done = self.danewerk("--json", "run")
        try:
            return json.loads(done.stdout)["certificates"][0]
        except (json.JSONDecodeError, LookupError) as error:
            raise self.lab.failure("run says no JSON") from error
