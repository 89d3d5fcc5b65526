"""A mail domain of one's own: its zone kept signed by `danewerk run` and served by two NSD, one of which
fetches it late; unbound as validating resolvers that remember; Postfix with the folder that danewerk
serves, and another that sends to it all the while. danewerk and the resolvers live by a clock that the
test moves. Imported by mailed.py.
"""
import hashlib
import json
import os
import random
import re
import shlex
import shutil
import smtplib
import socket
import ssl
import subprocess
import time

import mail_flow
import moved
import peers

ZONE = mail_flow.ZONE
MINUTE, HOUR = 60, 3600


class Host:
    """A mail server, and the certificate of danewerk.yaml that is for it."""

    def __init__(self, lab, number, options):
        self.lab, self.binding = lab, f"mx{number}"
        self.name, self.address = f"mx{number}.{ZONE}", f"127.0.1.{number}"
        self.served = lab.path("served", self.binding)
        self.options, self.ttl = options, "1h"  # lines of the certificate
        self.by = "run"                         # who writes the served folder
        self.files = (lab.path("live", self.binding + ".pem"), lab.path("live", self.binding + ".key"))

    def config(self, reload):
        lines = "".join(f"    {line}\n" for line in self.options)
        return f"""  {self.binding}:
    certificate: {self.files[0]}
    key: {self.files[1]}
    serve: {{directory: served/{self.binding}, mode: "0600", by: {self.by}}}
    reload: [{reload}]
    services: ["{self.name}:25/smtp"]
    ttl: {self.ttl}
{lines}"""

    def served_chain(self):
        """PEM of each certificate, or none."""
        try:
            with open(os.path.join(self.served, "fullchain.pem"), encoding="ascii") as file:
                return certificates_in(file.read())
        except FileNotFoundError:
            return []

    def served_key(self):
        return digest_of(self.served_chain()[0])

    def issuer_served(self):
        return digest_of(self.served_chain()[1])

    def handed_key(self):
        """Of what the client has."""
        with open(self.files[0], encoding="ascii") as file:
            return digest_of(certificates_in(file.read())[0])

    def is_served(self):
        """What the client has is what services read."""
        with open(self.files[0], encoding="ascii") as file:
            handed = certificates_in(file.read())
        return bool(set(handed) & set(self.served_chain()[:1]))

    def presented(self):
        """DER of the certificate that Postfix presents now."""
        context = ssl._create_unverified_context()  # whatever it is
        for attempt in range(5):
            try:
                with smtplib.SMTP(self.address, 25, timeout=10) as session:
                    session.starttls(context=context)
                    return session.sock.getpeercert(binary_form=True)
            except (OSError, smtplib.SMTPException):
                if attempt == 4:
                    raise
                time.sleep(0.2)
        return b""

    def tlsa(self, server):
        shown = peers.call("dig", "@" + server, "+short", "+tries=3", "_25._tcp." + self.name, "TLSA")
        words = [line.split() for line in shown.splitlines() if not line.startswith(";")]
        return {" ".join(line[:3]) + " " + "".join(line[3:]).lower() for line in words}


class MailLab(moved.Lab):
    """Inside a network of its own (inside.py)."""

    def __init__(self, binary, seed, *options):
        """OPTIONS: for each host, lines of its certificate."""
        super().__init__([ZONE])
        os.chmod(self.folder, 0o755)  # Postfix is another user
        self.port, self.primary = 53, ("127.0.0.61", 53)
        self.secondaries = {ZONE: ("127.0.0.63", 53)}
        self.binary, self.seed = os.path.abspath(binary), seed
        self.dice = random.Random(seed)
        self.history, self.transfer_at, self.lag = [], None, 1
        self.delay = "5m"  # of propagation, after all servers were seen
        self.is_running, self.is_daemon, self.is_split = True, False, False  # danewerk, by cron
        self.sights = self.fingers = self.runs = 0
        self.receiver = self.flow = None
        self.hosts = [Host(self, number + 1, lines) for number, lines in enumerate(options)]
        self.by_name, self.tops, self.reload = {host.binding: host for host in self.hosts}, [], []
        for folder in ("served", "live", "home"):
            os.mkdir(self.path(folder))
        os.mkdir(self.path("keys"), 0o700)
        self.wrapper = self.make_wrapper()

    def give_to(self, owner):
        """State, keys and signed zones are another user's; root serves what that one decided."""
        for folder in ("state", "keys", "signed"):
            os.makedirs(self.path(folder), mode=0o700 if folder != "signed" else 0o755, exist_ok=True)
            shutil.chown(self.path(folder), owner)
        for host in self.hosts:
            host.by = "deploy"
        self.is_split = True

    def start_dns(self):
        """The zone is signed, served and validated; it has no records of certificates yet."""
        peers.call("mount", "--bind", self.write("resolv.conf", "nameserver 127.0.0.70\noptions edns0 trust-ad\n"),
                   "/etc/resolv.conf")
        self.reload = self.start_primary(self.path("signed"))
        self.write("zones/" + ZONE, f"""$TTL 3600
@ SOA ns1 host 1 3600 900 604800 300
@ NS ns1
@ NS ns2
ns1 A {self.primary[0]}
ns2 A {self.secondaries[ZONE][0]}
""" + "".join(f"{host.binding} A {host.address}\n{host.binding} MX 10 {host.binding}\n" for host in self.hosts))
        self.configure([])
        self.run()
        self.start_secondary("secondary", [ZONE])
        self.transfer([ZONE])
        anchor = self.write("anchor", peers.call("dnssec-dsfromkey", "-2", "-f", self.path("signed", ZONE), ZONE))
        for resolver in ("steady", "lazy"):
            self.start_resolver(resolver, anchor)

    def start_primary(self, folder):
        """NSD reads the file that danewerk writes. Returns what tells it to."""
        os.makedirs(folder, exist_ok=True)
        home = self.path("primary")
        config = self.write("primary/conf", f"""server:
  ip-address: {self.primary[0]}@53
  username: ""
  chroot: ""
  zonesdir: "{folder}"
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
  name: "{ZONE}"
  zonefile: "{ZONE}"
  provide-xfr: 127.0.0.0/8 NOKEY
""")
        self.start("primary", "nsd", "-d", "-c", config)
        self._wait(lambda: peers.run("nsd-control", "-c", config, "status").returncode == 0, "nsd")
        os.chmod(home + "/ctl", 0o666)  # whoever danewerk is
        return ["nsd-control", "-c", config, "reload", "%s"]

    # Danewerk.

    def make_wrapper(self):
        """danewerk by the test's clock, for clients that live by the real one; what it said is kept."""
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.clock.environment().items())
        path = self.write("danewerk", f"""#!/bin/sh
env {variables} LC_ALL=C TZ=UTC DANEWERK_CONFIG={self.path("danewerk.yaml")} {self.binary} "$@" >{self.path("said")} 2>&1
code=$?
cat {self.path("said")}
{{ echo "$ danewerk $*"; cat {self.path("said")}; echo "exit $code"; }} >>{self.path("transcript")}
exit $code
""")
        os.chmod(path, 0o755)
        return path

    def configure(self, hosts=None):
        """With the certificates of HOSTS, or of all."""
        hosts = self.hosts if hosts is None else hosts
        servers = ", ".join("{address: %s}" % address for address in (self.primary[0], self.secondaries[ZONE][0]))
        reload = self.write("reload", f"""#!/bin/sh
unset LD_PRELOAD
PATH=$PATH:/usr/sbin
[ ! -e {self.path("reload-fails")} ] || exit 1
postfix -c {self.path("receiver/etc")} status 2>/dev/null || exit 0
exec postfix -c {self.path("receiver/etc")} reload
""")
        os.chmod(reload, 0o755)
        self.write("danewerk.yaml", "".join(line + "\n" for line in self.tops) + f"""state: state
keys: keys
policies:
  default: {{algorithm: ed25519, propagation-delay: {self.delay}}}
zones:
  {ZONE}: {{file: zones/{ZONE}, output: signed/{ZONE}, parents: none, secondaries: [{servers}],
    after-publish: {json.dumps(self.reload)}}}
""" + "certificates:\n" * bool(hosts) + "".join(host.config(reload) for host in hosts))

    def danewerk(self, *words):
        """Exit code and all that it said, whatever it is."""
        done = subprocess.run([self.binary, "--config", self.path("danewerk.yaml"), *words], check=False, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              env=dict(os.environ, LC_ALL="C", TZ="UTC", PATH=os.environ["PATH"] + ":/usr/sbin",
                                       **self.clock.environment()))
        return done.returncode, done.stdout + done.stderr

    def run(self, *allowed):
        """A pass. Errors of the findings ALLOWED are no surprise; "*": none is."""
        code, said = self.danewerk("run")
        self.runs += 1
        errors = [] if "*" in allowed else [line for line in said.splitlines() if re.search(r"error: \[", line)]
        if code not in (0, 1) or (code == 1 and not allowed) or \
                any(not any(f"[{one}]" in line for one in allowed) for line in errors):
            raise self.failure(f"danewerk run: exit {code}\n{said}")
        if said:
            self.note(said)
        if self.is_split:
            self.deploy()
        return said

    def deploy(self):
        """Root's side of it."""
        code, said = self.danewerk("deploy")
        if said:
            self.note(said)
        if code != 0:
            raise self.failure(f"danewerk deploy: exit {code}\n{said}")

    def said_so_far(self):
        """Of danewerk as clients called it."""
        path = self.path("transcript")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def start_daemon(self):
        """Instead of cron: from now on danewerkd does all by itself, and hooks go through it."""
        self.is_daemon = True
        # It looks at the clock twice in the watchdog's interval.
        self.start("danewerkd", os.path.join(os.path.dirname(self.binary), "danewerkd"), "--config",
                   self.path("danewerk.yaml"), WATCHDOG_USEC="400000", **self.clock.environment())
        self._wait(lambda: "event=started" in self.log("danewerkd"), "danewerkd")

    def moves_seen(self):
        return self.log("danewerkd").count("event=clock")

    def let_daemon_work(self, seen):
        self._wait(lambda: self.moves_seen() > seen, "danewerkd, which sees the time pass")
        time.sleep(0.5)
        self.runs += 1
        if "event=pass-failed" in self.log("danewerkd") or " error " in self.log("danewerkd"):
            raise self.failure(self.log("danewerkd")[-3000:])

    def note(self, text):
        self.history.append(f"{self.clock.text()}  {text.strip()}")

    def failure(self, text):
        return peers.Failed(f"seed {self.seed}, {self.clock.text()}: {text}\n" + "\n".join(self.history[-25:]) +
                            "\n" + self.danewerk("status")[1])

    # Mail.

    def begin(self, interval=0.15):
        """The first certificates are served and their records are everywhere; then mail flows."""
        if self.is_split:
            self.deploy()
        self.run()
        self.receiver = mail_flow.start_receiver(self, self.hosts)
        for _ in range(3):
            self.clock.move(30 * MINUTE)
            self.run()
            self.transfer([ZONE])
        self.flow = mail_flow.Flow(mail_flow.start_sender(self), self.path("box"), self.hosts, interval)
        self.flow.resume()

    def await_port(self, address, port):
        def is_there():
            try:
                socket.create_connection((address, port), 1).close()
                return True
            except OSError:
                return False
        self._wait(is_there, f"{address} port {port}")

    # Time.

    def step(self, seconds, mail=1.0, allowed=()):
        """Time passes between two messages; then mail flows while danewerk and the secondary do their work."""
        self.flow.pause()
        self.judge_flow()
        seen = self.moves_seen()
        self.clock.move(seconds)
        self.flow.resume()
        end = time.monotonic() + mail
        if self.is_daemon:
            self.let_daemon_work(seen)
        elif self.is_running:
            self.run(*allowed)
        self.judge()
        self.let_secondary_transfer()
        self.judge()
        time.sleep(max(0.0, end - time.monotonic()))

    def judge_flow(self):
        try:
            self.flow.check()
        except peers.Failed as failure:
            raise self.failure(str(failure)) from failure

    def let_secondary_transfer(self):
        """Up to so many hours after the primary."""
        if not self.lagging([ZONE]):
            self.transfer_at = None
            return
        if self.transfer_at is None:
            self.transfer_at = self.clock.now() + self.dice.randint(0, self.lag * HOUR)
        if self.transfer_at <= self.clock.now():
            self.transfer([ZONE])
            self.transfer_at = None

    def until(self, is_so, what, most=60, seconds=None, allowed=()):
        """Steps until something is so; how many."""
        for number in range(most):
            if is_so():
                return number
            # danewerkd takes five minutes for the drift of a clock.
            self.step(seconds or self.dice.choice((6 * MINUTE, 15 * MINUTE, 40 * MINUTE)), allowed=allowed)
        raise self.failure(f"after {most} steps: not yet {what}")

    # What clients see.

    def judge(self):
        for host in self.hosts:
            self.judge_host(host)

    def judge_host(self, host):
        """Each resolver, whatever it remembers: every kind of record that it has must match what is presented
        (RFC 7671 section 8), which is stricter than a client that takes any of them."""
        chain = host.served_chain()
        served = ssl.PEM_cert_to_DER_cert(chain[0])
        # Postfix takes a moment to do what it was told.
        self._wait(lambda: host.presented() == served, "the served certificate at port 25")
        good = {f"3 1 1 {digest_of(chain[0])}"} | {f"2 1 1 {digest_of(issuer)}" for issuer in chain[1:]}
        for name, resolver in self.resolvers.items():
            if name == "lazy" and self.dice.random() > 0.3:
                continue
            records = host.tlsa(resolver[0])
            self.sights += 1
            for combination in {record[:5] for record in records}:
                if not good & {record for record in records if record.startswith(combination)}:
                    raise self.failure(f"{name}: no {combination} of {records} at {host.name} matches what is "
                                       f"presented, {good}")

    def finger(self, *hosts):
        """posttls-finger says Verified; by which record."""
        matched = []
        for host in hosts or self.hosts:
            done = subprocess.run(["posttls-finger", "-c", "-t", "10", "-l", "dane-only", "-L", "summary,certmatch",
                                   f"[{host.name}]"], check=False, capture_output=True, text=True, timeout=60,
                                  env=dict(os.environ, MAIL_CONFIG=self.path("sender/etc")))
            said = done.stdout + done.stderr
            word = re.search(r"(\w+) TLS connection established", said)
            self.fingers += 1
            if not word or word.group(1) != "Verified":
                raise self.failure(f"posttls-finger does not say Verified of {host.name}: {said}")
            matched += re.findall(r"Matched DANE (.*?: \d \d \d)", said)[:1]
        return matched

    def verify(self):
        """`tlsa verify --mx` of every host, as JSON and as text; the text."""
        words = ["tlsa", "verify", "--trust-anchor", self.path("anchor"), "--timeout", "5s"]
        for host in self.hosts:
            words += ["--mx", host.name]
        code, said = self.danewerk("--json", *words)
        seen = json.loads(said) if said.startswith("{") else {"reports": []}
        services = {one["service"]: one for report in seen["reports"] for one in report["services"]}
        is_good = code == 0 and set(services) == {f"{host.name}:25/smtp" for host in self.hosts} and all(
            one["verdict"] == "protected" and "Verified" in {each.get("tls") for each in one["sessions"]}
            for one in services.values())
        code, text = self.danewerk(*words)
        is_good = is_good and code == 0 and all(f"{host.name}:25/smtp" in text for host in self.hosts) and \
            text.count("protected: ") == len(self.hosts) and text.count("Verified, ") >= len(self.hosts)
        if not is_good:
            raise self.failure(f"tlsa verify --mx: exit {code}\n{said}\n{text}")
        return text

    def end(self):
        """The account."""
        self.flow.pause()
        self.judge_flow()
        sent, deferred, bounced = self.flow.counts()
        self._wait(lambda: self.flow.received() >= sent, "the last message in the mailbox")
        if self.flow.received() != self.flow.injected or self.flow.verified() < sent:
            raise self.failure(f"{self.flow.injected} messages, {self.flow.received()} in the mailbox, "
                               f"{self.flow.verified()} over verified connections")
        return (f"{sent} messages sent, {deferred} deferred, {bounced} bounced, {self.flow.received()} in the mailbox; "
                f"{self.runs} passes, {self.sights} answers of resolvers compared with what was presented, "
                f"{self.fingers} times 'Verified' by posttls-finger; until {self.clock.text()}")


def certificates_in(text):
    return re.findall(r"-----BEGIN[^-]*-----[^-]*-----END[^-]*-----\n", text)


def error_ids(said):
    """Identifiers of the errors among findings."""
    return sorted(set(re.findall(r"error: \[([A-Z0-9-]+)\]", said)))


_digests = {}


def digest_of(pem):
    """SHA-256 of the public key, by openssl."""
    if pem not in _digests:
        key = subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=pem, check=True, capture_output=True,
                             text=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.encode(), check=True,
                             capture_output=True).stdout
        _digests[pem] = hashlib.sha256(der).hexdigest()
    return _digests[pem]
