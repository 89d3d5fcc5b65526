#!/usr/bin/env python3
"""`danewerk tlsa verify` looks at a little Internet of its own: a signed root, zones that are signed,
unsigned, broken and behind on NSD, unbound as the resolver, Postfix and small servers of every profile
with right and wrong certificates. Where posttls-finger can judge, it must say the same.

    probed.py BINARY names|mail|profiles
"""
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time

import inside
import peers

ROOT_SERVER, LATE_SERVER, RESOLVER = "127.0.53.1", "127.0.53.2", "127.0.53.53"
REAL_ROOT = "198.41.0.4"  # one of those that libunbound knows; here it is ours
PROFILES = {"submission": 587, "smtps": 465, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995,
            "xmpp-client": 5222, "xmpp-server": 5269, "https": 443, "dot": 853, "tls": 4443}
GREETINGS = {"smtp": "220 lab ESMTP\r\n", "submission": "220 lab ESMTP\r\n", "imap": "* OK lab\r\n",
             "pop3": "+OK lab\r\n"}
FEATURES = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream="
            "'http://etherx.jabber.org/streams' id='1' from='lab' version='1.0'><stream:features>"
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")


class Service:
    """A server of one profile at one address, in a thread a client."""

    def __init__(self, address, port, profile, chains):
        self.profile = profile
        self.context = None
        if chains:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.set_ciphers("DEFAULT:@SECLEVEL=0")  # short keys, too
            for chain, key in chains:
                self.context.load_cert_chain(chain, key)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family, backlog=64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            client.settimeout(10)
            threading.Thread(target=self.play, args=(client,), daemon=True).start()

    def play(self, client):
        try:
            with client:
                if self.greet(client):
                    with self.context.wrap_socket(client, server_side=True) as session:
                        session.recv(100)
        except OSError:
            pass

    def greet(self, client):
        """What comes before TLS; whether it may begin."""
        language = self.profile
        if language.startswith("xmpp"):
            client.recv(4096)
            client.sendall(FEATURES.encode())
            client.recv(4096)
            client.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            return True
        if language not in GREETINGS:
            return True
        client.sendall(GREETINGS[language].encode())
        lines = client.makefile("rb")
        for line in lines:
            word = line.strip().upper()
            if word.startswith(b"EHLO"):
                client.sendall(b"250-lab\r\n" + (b"250-STARTTLS\r\n" if self.context else b"") + b"250 SIZE\r\n")
            elif word == b"STARTTLS" and self.context:
                client.sendall(b"220 go\r\n")
                return True
            elif word.endswith(b" STARTTLS"):
                client.sendall(b"a1 OK go\r\n")
                return True
            elif word == b"STLS":
                client.sendall(b"+OK go\r\n")
                return True
            else:
                client.sendall(b"221 bye\r\n")
                return False
        return False


class Lab:
    def __init__(self, binary, folder):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.tlsa = []       # lines of records in dane.example
        self.digests = {}    # records by certificate and combination

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)
        return self.path(name)

    # Certificates.

    def make_ca(self):
        self.write("int.ext", "basicConstraints=critical,CA:TRUE,pathlen:0\n")
        self.write("ext", "subjectAltName=DNS:*.dane.example,DNS:dane.example\n")
        for name, key in (("root", "EC"), ("int", "EC")):
            self.make_key(name, key)
        peers.call("openssl", "req", "-x509", "-key", self.path("root.key"), "-subj", "/CN=Lab Root", "-days", "3650",
                   "-out", self.path("root.pem"), "-addext", "basicConstraints=critical,CA:TRUE")
        self.sign("int", "/CN=Lab Issuer", "root", "int.ext", 1000)

    def make_key(self, name, kind):
        options = {"EC": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"), "RSA": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
                   "short": ("RSA", "-pkeyopt", "rsa_keygen_bits:1024")}
        peers.call("openssl", "genpkey", "-algorithm", *options[kind], "-out", self.path(name + ".key"))

    def sign(self, name, subject, issuer, extensions, days, *prefix):
        peers.call("openssl", "req", "-new", "-key", self.path(name + ".key"), "-subj", subject, "-out",
                   self.path(name + ".csr"))
        peers.call(*prefix, "openssl", "x509", "-req", "-in", self.path(name + ".csr"), "-CA",
                   self.path(issuer + ".pem"), "-CAkey", self.path(issuer + ".key"), "-CAcreateserial", "-days",
                   str(days), "-extfile", self.path(extensions), "-out", self.path(name + ".pem"))

    def make_leaf(self, name, kind="EC", days=90, ago=None):
        self.make_key(name, kind)
        self.sign(name, "/CN=" + name, "int", "ext", days, *(("faketime", ago) if ago else ()))
        with open(self.path(name + ".chain"), "w", encoding="ascii") as out:
            for part in (name, "int"):
                with open(self.path(part + ".pem"), encoding="ascii") as file:
                    out.write(file.read())

    def chain(self, name):
        return self.path(name + ".chain"), self.path(name + ".key")

    def record(self, name, combination):
        """RDATA of a record, by danewerk: other tests hold that against other makers."""
        key = (name, combination)
        if key not in self.digests:
            file = self.path(name + (".pem" if name in ("root", "int") else ".chain"))
            self.digests[key] = peers.call(self.binary, "-q", "tlsa", "gen", file, "--record", combination).strip()
        return self.digests[key]

    def publish(self, host, *records, port=25):
        for name, combination in records:
            self.tlsa.append(f"_{port}._tcp.{host} 3600 TLSA {self.record(name, combination)}")

    # Zones.

    def make_zone(self, origin, text, sign=True, folder="zones"):
        """Signed, and its DS as lines for the parent."""
        name = origin.strip(".") or "root"
        head = f"@ 3600 SOA ns1 host {len(text)} 3600 900 604800 300\n@ 3600 NS ns1\nns1 3600 A {ROOT_SERVER}\n"
        source = self.write(f"source/{name}", head + text + "\n")
        target = self.path(folder, name)
        os.makedirs(self.path(folder), exist_ok=True)
        if not sign:
            with open(target, "w", encoding="ascii") as out:
                out.write(f"$ORIGIN {origin}\n{head}{text}\n")
            return ""
        os.makedirs(self.path("keys", name), mode=0o700, exist_ok=True)
        peers.call(self.binary, "sign", source, "--origin", origin, "--keys", self.path("keys", name),
                   "--generate-keys", "--algorithm", "ecdsap256sha256", "-o", target)
        return peers.call("dnssec-dsfromkey", "-2", "-f", target, origin)

    def strip(self, zone, pattern):
        """The zone's file without the records that match."""
        with open(self.path("zones", zone), encoding="ascii") as file:
            kept = [line for line in file if not re.search(pattern, line)]
        with open(self.path("zones", zone), "w", encoding="ascii") as file:
            file.writelines(kept)

    def delegate(self, zone, ds):
        return f"{zone} 3600 NS ns1.{zone}\nns1.{zone} 3600 A {ROOT_SERVER}\n{ds}\n"

    def make_zones(self, dane):
        host = "host 3600 A 127.0.0.61\n@ 3600 MX 10 host\n_25._tcp.host 3600 TLSA " + self.record("good", "3 1 1")
        late = "@ 3600 NS ns2\nns2 3600 A " + LATE_SERVER + "\n" + host
        self.make_zone("late.example.", late, folder="late")
        children = self.delegate("late.example.", self.make_zone(
            "late.example.", late + "\n_25._tcp.host 3600 TLSA " + self.record("old", "3 1 1")))
        children += self.delegate("dane.example.", self.make_zone("dane.example.", dane + "\n".join(self.tlsa)))
        children += self.delegate("open.example.", self.make_zone(
            "open.example.", host + "\nelse 3600 MX 10 good.dane.example.", sign=False))
        children += self.delegate("hollow.example.", self.make_zone("hollow.example.", host + "\nhost 3600 AAAA ::1"))
        self.strip("hollow.example", r"\sNSEC3(PARAM)?\s")
        ds = self.make_zone("bogus.example.", host)
        children += self.delegate("bogus.example.", re.sub(r"[0-9A-F]{8}$", "00000000", ds.strip()))
        ds = self.make_zone("example.", children)
        ds = self.make_zone(".", self.delegate("example.", ds))
        self.write("root.ds", ds)

    # Servers.

    def start(self, *command):
        log = open(self.path(os.path.basename(command[0]) + str(time.monotonic_ns())), "wb")
        env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin")
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)

    def nsd(self, name, addresses, folder, zones):
        home = self.path(name)
        places = "\n".join(f"  ip-address: {address}@53" for address in addresses)
        listed = "".join(f'zone:\n  name: "{zone}"\n  zonefile: "{self.path(folder, zone.strip(".") or "root")}"\n'
                         for zone in zones)
        self.start("nsd", "-d", "-c", self.write(f"{name}/conf", f"""server:
{places}
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
  control-enable: no
{listed}"""))

    def unbound(self):
        hints = self.write("unbound/hints", f". 3600000 NS ns1.\nns1. 3600000 A {ROOT_SERVER}\n")
        self.start("unbound", "-d", "-c", self.write("unbound/conf", f"""server:
  interface: {RESOLVER}
  do-ip6: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.path("unbound")}"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  root-hints: "{hints}"
  trust-anchor-file: "{self.path("root.ds")}"
  target-fetch-policy: "0 0 0 0 0"
remote-control:
  control-enable: no
"""))
        resolv = self.write("resolv.conf", f"nameserver {RESOLVER}\noptions edns0 trust-ad\n")
        peers.call("mount", "--bind", resolv, "/etc/resolv.conf")

    def postfix(self, address, *names):
        home = self.path("postfix")
        for part in ("spool", "data", "etc"):
            os.makedirs(os.path.join(home, part))
        peers.call("chown", "postfix", os.path.join(home, "data"))
        os.chmod(self.folder, 0o755)
        files = ", ".join(f"{key}, {chain}" for chain, key in map(self.chain, names))
        self.write("postfix/etc/main.cf", f"""compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = /dev/stdout
myhostname = good.dane.example
smtpd_tls_security_level = may
smtpd_tls_chain_files = {files}
smtp_dns_support_level = dnssec
smtpd_relay_restrictions = reject
""")
        self.write("postfix/etc/master.cf", f"""{address}:25 inet n - n - - smtpd
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
""")
        os.environ["MAIL_CONFIG"] = f"{home}/etc"  # posttls-finger's
        peers.run("postfix", "check")
        self.start("/usr/lib/postfix/sbin/master", "-c", f"{home}/etc", "-d")

    def await_ports(self, *places):
        end = time.monotonic() + 20
        for place in places:
            while True:
                try:
                    socket.create_connection(place, 1).close()
                    break
                except OSError as error:
                    if time.monotonic() > end:
                        raise peers.Failed(f"nobody listens at {place}: {self.logs()}") from error
                    time.sleep(0.05)

    def await_secure(self, name):
        """A resolver that asked a server too early takes its keys for bad for a minute."""
        end = time.monotonic() + 90
        while True:
            said = subprocess.run(["dig", "+dnssec", f"@{RESOLVER}", name, "A"], capture_output=True, text=True,
                                  errors="replace").stdout
            if re.search(r"^;; flags:[^;]* ad[ ;]", said, re.M):
                return
            if time.monotonic() > end:
                raise peers.Failed(f"{name} does not validate: {said} {self.logs()}")
            time.sleep(0.5)

    def logs(self):
        parts = [name for name in os.listdir(self.folder) if re.search(r"[a-z]\d{6,}$", name)]
        return "\n".join(open(self.path(name), encoding="utf-8", errors="replace").read()[-1500:] for name in parts)

    # Looks.

    def verify(self, *words, timeout="3s"):
        """Exit code and JSON."""
        done = peers.run(self.binary, "--json", "tlsa", "verify", *words, "--trust-anchor", self.path("root.ds"),
                         "--timeout", timeout)
        try:
            return done.returncode, json.loads(done.stdout)
        except json.JSONDecodeError as error:
            raise peers.Failed(f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}") from error

    def expect(self, words, verdicts, *ids):
        """Verdict of each service, and exactly these findings above info; all that was seen."""
        code, seen = self.verify(*words)
        found = {one["id"] for one in seen["findings"] if one["level"] != "info"}
        errors = any(one["level"] == "error" for one in seen["findings"])
        services = [one for report in seen["reports"] for one in report["services"]]
        if [one["verdict"] for one in services] != verdicts or found != set(ids) or code != int(errors):
            text = "\n".join(f'{one["level"]} {one["id"]} {one.get("owner", "")}: {one["message"]}'
                             for one in seen["findings"])
            raise peers.Failed(f"{words}: expected {verdicts} and {sorted(ids)}\nexit {code}, "
                               f'{[(one["verdict"], one["reason"]) for one in services]}\n{text}\n{self.logs()}')
        return services

    def finger(self, host):
        """Postfix's word."""
        done = peers.run("posttls-finger", "-c", "-t", "5", "-l", "dane", "-L", "summary", f"[{host}]")
        words = re.findall(r"(\w+) TLS connection established", done.stdout + done.stderr)
        return words[0] if words else "none"


def prepare(lab):
    inside.lift_loopback()
    peers.call("ip", "address", "add", REAL_ROOT + "/32", "dev", "lo")
    lab.make_ca()
    lab.make_leaf("good")
    lab.make_leaf("goodrsa", "RSA")
    lab.make_leaf("old")
    lab.make_leaf("short", "short")
    lab.make_leaf("expired", days=10, ago="40 days ago")
    lab.publish("good", ("good", "3 1 1"), ("goodrsa", "3 1 1"), ("good", "2 1 1"))
    lab.publish("wrong", ("old", "3 1 1"))
    lab.publish("plain", ("good", "3 1 1"))
    lab.publish("expired", ("expired", "3 1 1"))
    lab.publish("expired2", ("good", "2 1 1"))
    lab.publish("anchor", ("root", "2 1 1"))
    lab.publish("nodes", ("good", "3 1 1"))
    lab.publish("onekey", ("goodrsa", "3 1 1"))
    lab.publish("six", ("good", "3 1 1"))
    lab.publish("short", ("short", "3 1 1"))
    lab.publish("down", ("good", "3 1 1"))
    lab.publish("authority", ("good", "1 1 1"))
    for profile, port in PROFILES.items():
        lab.publish("mail", ("good", "3 1 1"), port=port)
    lab.tlsa.append("tlsa._dane 3600 TLSA " + lab.record("good", "3 1 1"))
    lab.tlsa.append("tlsa._dane 3600 TLSA " + lab.record("goodrsa", "3 1 1"))
    lab.make_zones("""good 3600 A 127.0.0.61
wrong 3600 A 127.0.0.62
plain 3600 A 127.0.0.63
expired 3600 A 127.0.0.64
expired2 3600 A 127.0.0.64
anchor 3600 A 127.0.0.62
nodes 3600 A 127.0.0.62
nodes 3600 A 127.0.0.65
onekey 3600 A 127.0.0.61
six 3600 A 127.0.0.62
six 3600 AAAA ::1
short 3600 A 127.0.0.66
down 3600 A 127.0.0.99
authority 3600 A 127.0.0.62
none 3600 A 127.0.0.61
mail 3600 A 127.0.0.69
alias 3600 CNAME good
pointed 3600 A 127.0.0.61
_25._tcp.pointed 3600 CNAME tlsa._dane
@ 3600 MX 10 good
mixed 3600 MX 10 good
mixed 3600 MX 20 wrong
nomail 3600 MX 0 .
misplaced 3600 MX 10 none
_25._tcp.misplaced 3600 TLSA """ + lab.record("good", "3 1 1") + "\n")
    zones = (".", "example.", "dane.example.", "late.example.", "open.example.", "bogus.example.",
             "hollow.example.")
    lab.nsd("first", (ROOT_SERVER, REAL_ROOT), "zones", zones)
    lab.nsd("second", (LATE_SERVER,), "late", ("late.example.",))
    lab.await_ports((ROOT_SERVER, 53), (LATE_SERVER, 53))
    lab.unbound()
    lab.await_ports((RESOLVER, 53))
    lab.await_secure("good.dane.example")


def start_mail(lab):
    lab.postfix("127.0.0.61", "good", "goodrsa")
    Service("127.0.0.62", 25, "smtp", [lab.chain("good")])
    Service("127.0.0.63", 25, "smtp", [])
    Service("127.0.0.64", 25, "smtp", [lab.chain("expired")])
    Service("127.0.0.65", 25, "smtp", [lab.chain("old")])
    Service("127.0.0.66", 25, "smtp", [lab.chain("short")])
    Service("::1", 25, "smtp", [lab.chain("good")])
    lab.await_ports(("127.0.0.61", 25))


def mail(lab):
    start_mail(lab)
    look = lambda host, verdict, *ids: lab.expect([f"{host}.dane.example:25/smtp"], [verdict], *ids)[0]
    good = look("good", "protected")
    words = [(one["key"], one["server_name"], one["tls"]) for one in good["sessions"]]
    if words != [(key, sni, "Verified") for sni in (True, False) for key in ("RSA", "ECDSA")]:
        raise peers.Failed(f"sessions with Postfix: {words}")
    judged = {"good": good,
              "wrong": look("wrong", "broken", "PROBE-NO-MATCH", "PROBE-COMBINATION"),
              "expired": look("expired", "protected", "TLSA-D18"),
              "expired2": look("expired2", "broken", "PROBE-NO-MATCH", "TLSA-D03", "PROBE-EXPIRES"),
              "anchor": look("anchor", "broken", "PROBE-NO-MATCH", "TLSA-D03"),
              "pointed": look("pointed", "protected"),
              "alias": look("alias", "protected"),
              "none": look("none", "unprotected", "PROBE-NO-TLSA")}
    look("plain", "broken", "TLSA-D08")
    look("nodes", "broken", "TLSA-D10")
    look("onekey", "broken", "TLSA-D09")
    look("down", "unknown", "PROBE-UNREACHABLE")
    look("short", "protected", "TLSA-KEY-SHORT", "PROBE-COMBINATION")
    if {one["address"] for one in look("six", "protected")["sessions"]} != {"127.0.0.62", "::1"}:
        raise peers.Failed("IPv4 and IPv6 are both looked at")
    look("authority", "unprotected", "TLSA-D07")
    compared = 0
    for host, seen in judged.items():
        ours = {one["tls"] for one in seen["sessions"] if "tls" in one}
        theirs = lab.finger(host + ".dane.example")
        if ours != {theirs}:
            raise peers.Failed(f"{host}: {ours}, and {theirs} by posttls-finger")
        compared += 1
    check(lab)
    live = peers.call(lab.binary, "-q", "tlsa", "gen", "good.dane.example:25/smtp", "--trust-anchor",
                      lab.path("root.ds")).split("\n")
    wanted = {f"_25._tcp.good.dane.example. IN TLSA {lab.record(*one)}"
              for one in (("good", "3 1 1"), ("goodrsa", "3 1 1"), ("good", "2 1 1"))}
    if set(filter(None, live)) != wanted:
        raise peers.Failed(f"records of the live service: {live}, expected {wanted}")
    return f"15 mail hosts seen as they are, {compared} words as Postfix has them"


def check(lab):
    """One line, codes of monitoring plug-ins."""
    for host, code, begin in (("good", 0, "OK - 1 service; certificate "), ("none", 1, "WARNING - 1 service: "),
                              ("wrong", 2, "CRITICAL - 1 service: "), ("down", 3, "UNKNOWN - 1 service: ")):
        done = peers.run(lab.binary, "tlsa", "verify", f"{host}.dane.example:25/smtp", "--check", "--trust-anchor",
                         lab.path("root.ds"), "--timeout", "3s")
        is_line = done.stdout.count("\n") == 1 and done.stdout.startswith(begin) and not done.stderr
        said, _, figures = done.stdout.partition(" | ")
        days = {name: int(count) for name, count in re.findall(r"(certificate|issuer|signature) (\d+) days?", said)}
        seconds = {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)s", figures)}
        is_same = days == {name: count // 86400 for name, count in seconds.items()}
        if host in ("good", "wrong") and set(days) != {"certificate", "issuer", "signature"}:
            is_same = False
        if done.returncode != code or not is_line or not is_same or not figures.startswith("services=1"):
            raise peers.Failed(f"{host} --check: exit {done.returncode}: {done.stdout}{done.stderr}")


def names(lab):
    start_mail(lab)
    lab.expect(["--mx", "dane.example"], ["protected"])
    lab.expect(["--mx", "mixed.dane.example"], ["protected", "broken"], "PROBE-NO-MATCH", "PROBE-COMBINATION")
    # The same as text: one host after the other, each with its verdict, and why.
    done = peers.run(lab.binary, "tlsa", "verify", "--mx", "mixed.dane.example", "--trust-anchor", lab.path("root.ds"),
                     "--timeout", "3s")
    said = re.findall(r"^(\S+):25/smtp  (\w+): |^  \S+ +(?:RSA|ECDSA) +(Verified|Untrusted)", done.stdout, re.MULTILINE)
    if done.returncode != 1 or said != [("good.dane.example", "protected", ""), *[("", "", "Verified")] * 2,
                                        ("wrong.dane.example", "broken", ""), ("", "", "Untrusted")]:
        raise peers.Failed(f"--mx as text: exit {done.returncode}, {said}\n{done.stdout}{done.stderr}")
    lab.expect(["--mx", "nomail.dane.example"], [])
    lab.expect(["--mx", "nobody.dane.example"], [], "PROBE-NO-NAME")
    lab.expect(["--mx", "misplaced.dane.example"], ["unprotected"], "PROBE-NO-TLSA", "TLSA-D11")
    lab.expect(["--mx", "else.open.example"], ["protected"], "PROBE-MX-INSECURE")
    lab.expect(["--mx", "open.example"], ["unprotected"], "PROBE-MX-INSECURE", "PROBE-ADDRESS-INSECURE",
               "PROBE-TLSA-INSECURE")
    lab.expect(["--mx", "bogus.example"], [], "PROBE-BOGUS")
    bogus = lab.expect(["host.bogus.example:25/smtp"], ["broken"], "PROBE-BOGUS")
    tlsa = bogus[0]["tlsa"]
    if not tlsa["why"] or [len(one["records"]) for one in tlsa["servers"]] != [1]:
        raise peers.Failed(f"why is the zone bogus, and what do its servers say? {tlsa}")
    # Denials are missing: there, what exists is secure, and what does not is bogus.
    lab.expect(["host.hollow.example:25/smtp"], ["broken"], "TLSA-D12", "PROBE-BOGUS", "TLSA-D09")
    seen = lab.verify("host.late.example:25/smtp")[1]
    ids = {one["id"] for one in seen["findings"]}
    servers = seen["reports"][0]["services"][0]["tlsa"]["servers"]
    if "PROBE-SERVERS-DIFFER" not in ids or [len(one["records"]) for one in servers] != [2, 1]:
        raise peers.Failed(f"servers that differ: {ids}, {servers}")
    # By no resolver but our own, from the root servers down.
    lab.expect(["good.dane.example:25/smtp", "--resolver", "root"], ["protected"])
    lab.expect(["host.bogus.example:25/smtp", "--resolver", "root"], ["broken"], "PROBE-BOGUS")
    code, seen = lab.verify("good.dane.example:25/smtp", "--resolver", RESOLVER, "--at", "@1900000000")
    if code != 1 or "PROBE-BOGUS" not in {one["id"] for one in seen["findings"]}:
        raise peers.Failed(f"long after all signatures ended: {seen}")
    code, seen = lab.verify("good.dane.example:25/smtp", "--resolver", "127.0.53.99", timeout="1s")
    if "PROBE-LOOKUP-FAILED" not in {one["id"] for one in seen["findings"]}:
        raise peers.Failed(f"no resolver: {seen}")
    return "secure, insecure, bogus, late and missing names seen as they are"


def profiles(lab):
    for profile, port in PROFILES.items():
        Service("127.0.0.69", port, profile, [lab.chain("good")])
    targets = [f"mail.dane.example:{port}/{profile}" for profile, port in PROFILES.items()]
    services = lab.expect(targets, ["protected"] * len(targets))
    for one in services:
        results = [session["result"] for session in one["sessions"]]
        if results != ["no-such-key", "tls"] * 2:
            raise peers.Failed(f'{one["service"]}: {one["sessions"]}')
    text = peers.call(lab.binary, "tlsa", "verify", *targets[:2], "--trust-anchor", lab.path("root.ds"))
    if text.count("  protected: ") != 2 or "Verified, 3 1 1 at depth 0" not in text:
        raise peers.Failed(text)
    return f"{len(targets)} profiles protected"


def test(binary, name):
    inside.enter()
    shop = peers.tempfile.TemporaryDirectory(prefix="danewerk-probed-")
    with shop as folder:
        lab = Lab(binary, folder)
        prepare(lab)
        return getattr(sys.modules[__name__], name)(lab)


peers.main(test)
