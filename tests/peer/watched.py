"""Services that read the served folder: real TLS servers on this machine, told by the reload command,
looked at afterwards and at each pass. watched.py DANEWERK DANEWERKD CASE"""
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from site_folder import ZONE, Site, check, wait_for  # noqa: E402

HOST = "mx1.one.example"
# The server: one process, whose number stands in a file; told to start again, or not.
SERVER = """set -eu
cd "$(dirname "$0")"
[ -e server.pid ] && kill "$(cat server.pid)" 2>/dev/null || :
while [ -e server.pid ] && kill -0 "$(cat server.pid)" 2>/dev/null; do sleep 0.05; done
from=${FROM:-served/mail}
setsid openssl s_server -quiet -accept 127.0.0.1:%(port)d -cert_chain "$from/chain.pem" -cert "$from/cert.pem" \\
  -key "$from/privkey.pem" </dev/null >/dev/null 2>&1 &
echo $! >server.pid
i=0
while ! openssl s_client -connect 127.0.0.1:%(port)d </dev/null >/dev/null 2>&1; do
  i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.05
done
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mail(Site):
    """A mail host with a certificate of an authority of our own."""

    def __init__(self, *programs):
        super().__init__(*programs)
        self.port = free_port()
        self.serial = 0
        for folder in ("live", "served"):
            os.mkdir(self.path(folder), 0o755)
        self.write("server.sh", SERVER % {"port": self.port})
        self.write("reload.sh", 'sh "$(dirname "$0")/server.sh"\n')
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "900",
                     "-subj", "/CN=CA", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "ca.key",
                     "-out", "ca.pem")
        for key in ("key1", "key2"):
            self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        self.configure(f"""certificates:
  mail:
    certificate: live/fullchain.pem
    key: live/privkey.pem
    serve: {{directory: served/mail}}
    reload: [sh, "{self.path("reload.sh")}"]
    services: [{{service: "{HOST}:{self.port}/tls", probe: local}}]
""")

    def __exit__(self, kind, *rest):
        try:
            with open(self.path("server.pid"), encoding="utf-8") as pid:
                os.kill(int(pid.read()), 15)
        except (FileNotFoundError, ProcessLookupError):
            pass
        super().__exit__(kind, *rest)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def renew(self, key="key1"):
        """What an ACME client leaves behind: each file renamed into its place, the key first."""
        self.serial += 1
        self.write("san", f"subjectAltName=DNS:{HOST}\n")
        self.openssl("req", "-new", "-key", key, "-subj", f"/CN={HOST}", "-out", "leaf.csr")
        self.openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial",
                     str(self.serial), "-days", str(30 + self.serial), "-extfile", "san", "-out", "leaf.pem")
        self.write("live/privkey.pem", self.text(key))
        os.chmod(self.path("live/privkey.pem"), 0o600)
        self.write("live/fullchain.pem", self.text("leaf.pem") + self.text("ca.pem"))
        return self.text("leaf.pem")

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as found:
            return found.read()

    def served(self):
        return self.text("served/mail/cert.pem") if os.path.exists(self.path("served/mail")) else ""

    def presented(self, address="127.0.0.1"):
        """The certificate that a client gets."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"{address}:{self.port}", "-servername", HOST],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, encoding="utf-8")
        start = done.stdout.find("-----BEGIN CERTIFICATE-----")
        end = done.stdout.find("-----END CERTIFICATE-----")
        return done.stdout[start:end] if start >= 0 else ""

    def presents(self, leaf, address="127.0.0.1"):
        presented = self.presented(address)
        return bool(presented) and leaf.startswith(presented)

    def start_otherwise(self, script):
        """Somebody starts a server with another key."""
        os.makedirs(self.path("other"))
        for name in ("cert.pem", "chain.pem"):
            self.openssl("req", "-x509", "-key", "key2", "-days", "9", "-subj", "/CN=other", "-out", "other/" + name)
        self.write("other/privkey.pem", self.text("key2"))
        subprocess.run(["sh", script], cwd=self.folder, check=True, env={**self.environment, "FROM": "other"})

    def records(self):
        return self.output().count(f"_{self.port}._tcp.{HOST}.\t3600\tIN\tTLSA\t")

    def run_pass(self, wanted=0):
        code, out, err = self.run("run")
        check(code == wanted, f"run: exit {code}, expected {wanted}: {out}{err}")
        return out + err


def told(site):
    """A renewal with the same key: served, the service told, and it presents it; all in one pass."""
    first = site.renew()
    site.run_pass()
    check(site.presents(first), "the first certificate is presented")
    check(site.records() == 1, "its record is published")
    second = site.renew()
    site.run_pass()
    check(site.presents(second), "the renewed certificate is presented")
    said = site.run_pass()
    check(said == "", f"nothing is due: {said}")


def deaf(site):
    """The reload command does nothing: the service presents the old one, and so the folder has it again."""
    first = site.renew()
    site.run_pass()
    site.write("reload.sh", "exit 0\n")
    site.renew()
    said = site.run_pass(1)
    check("BINDING-RELOAD" in said and "presents another certificate" in said, said)
    check(site.served() == first and site.presents(first), "what was served before is served again")
    site.write("reload.sh", 'sh "$(dirname "$0")/server.sh"\n')
    site.run_pass()
    check(site.served() != first and site.presents(site.served()), "tried again, with success")


def dead(site):
    """The service does not come up with the new files: what was served before brings it back."""
    first = site.renew()
    site.run_pass()
    site.write("reload.sh", """cd "$(dirname "$0")"
if grep -q again state.txt 2>/dev/null; then sh server.sh; else echo again >state.txt; kill "$(cat server.pid)"; fi
""")
    site.renew()
    said = site.run_pass(1)
    check("does not answer any more" in said, said)
    check(site.served() == first and site.presents(first), "what was served before is served again")


def drifted(site):
    """Somebody starts the service with another key: it is told again, and what is to be served is presented."""
    first = site.renew()
    site.run_pass()
    site.start_otherwise("server.sh")
    check(not site.presents(first), "the service presents something else")
    said = site.run_pass()
    check(site.presents(first), f"it was told again: {said}")
    check(site.records() == 1, "no record came or went")


def partly(site):
    """One address was passed by: services are told again, the records stay."""
    six = SERVER.replace("127.0.0.1:", "[::1]:").replace("server.pid", "server6.pid")
    site.write("server6.sh", six % {"port": site.port})
    site.write("reload.sh", 'sh "$(dirname "$0")/server.sh" && sh "$(dirname "$0")/server6.sh"\n')
    try:
        first = site.renew()
        site.run_pass()
        site.run_pass()
        site.start_otherwise("server6.sh")
        check(site.presents(first) and not site.presents(first, "[::1]"), "one of two presents something else")
        said = site.run_pass()
        check("told again" in said, said)
        check(site.presents(first) and site.presents(first, "[::1]"), f"both were told again: {said}")
        check(site.records() == 1, "no record came or went")
    finally:
        with open(site.path("server6.pid"), encoding="utf-8") as pid:
            os.kill(int(pid.read()), 15)


def silent(site):
    """A service that is down is told of, holds nothing up, and is no reason to go back."""
    first = site.renew()
    site.write("reload.sh", "exit 0\n")
    said = site.run_pass()
    check("cannot be reached" in said, said)
    check(site.served() == first and site.records() == 1, "served and published")
    subprocess.run(["sh", "server.sh"], cwd=site.folder, check=True, env=site.environment)
    site.run_pass()
    check(site.run_pass() == "", "nothing is due any more")


def deaf_mail(port, at="127.0.0.2"):
    """A mail server without STARTTLS; the thread ends with the test, or with a shutdown of the listener."""
    listener = socket.create_server((at, port))

    def talk():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, client.makefile("rw", newline="\r\n") as stream:
                try:
                    stream.write("220 deaf ESMTP\n")
                    stream.flush()
                    while stream.readline():
                        stream.write("250 deaf\n")
                        stream.flush()
                except (OSError, UnicodeError):  # a TLS handshake is no text
                    pass

    threading.Thread(target=talk, daemon=True).start()
    return listener


def bare(site):
    """A service that answers without TLS gets no record; one that drops it later keeps the record, and that is told."""
    def monitored(wanted):
        code, out, err = site.run("status", "--check")
        check(code == wanted and "answers without TLS" in out, f"status: exit {code}, expected {wanted}: {out}{err}")

    def stop(listener):
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()

    def start():
        subprocess.run(["sh", "server.sh"], cwd=site.folder, check=True, env=site.environment)

    listener = deaf_mail(site.port, "127.0.0.1")
    first = site.renew()
    site.write("reload.sh", "exit 0\n")
    said = site.run_pass()
    check("ROLL-TLSA-PLAIN" in said and "cannot be reached" not in said, said)
    check(site.served() == first and site.records() == 0, "served, and not published")
    monitored(1)
    stop(listener)
    start()
    site.run_pass()
    check(site.presents(first) and site.records() == 1, "published once it has TLS")
    with open(site.path("server.pid"), encoding="utf-8") as pid:
        os.kill(int(pid.read()), 15)
    wait_for(lambda: site.presented() == "", "the server ends")
    listener = deaf_mail(site.port, "127.0.0.1")
    said = site.run_pass()
    check("ROLL-TLSA-PLAIN" in said and site.records() == 1, f"told of, and still published: {said}")
    monitored(2)
    stop(listener)
    start()
    site.run_pass()
    code, out, err = site.run("status", "--check")
    check("answers without TLS" not in out, f"status: exit {code}: {out}{err}")


def address(site):
    """A new address of a host with records is looked at before the zone with it is published."""
    def zone(serial, *addresses):
        site.write("zones/one.example.zone", ZONE.format(serial=serial, host=10)
                   + "".join(f"mx1 A {one}\n" for one in addresses))

    def refused(wanted):
        said = site.run_pass(1)
        check("BINDING-ADDRESS" in said and wanted in said, said)
        check(site.published() == serial, "the last good version stays")
        check("127.0.0.2" not in site.output(), "the address is not published")

    second = SERVER.replace("127.0.0.1:", "127.0.0.2:").replace("server.pid", "server2.pid")
    site.write("server2.sh", second % {"port": site.port})
    zone(1, "127.0.0.1")
    site.renew()
    site.run_pass()
    site.run_pass()
    check(site.records() == 1, "the record is published")
    serial = site.published()
    zone(2, "127.0.0.1", "127.0.0.2")
    try:
        site.start_otherwise("server2.sh")
        code, out, err = site.run("check")
        check("BINDING-ADDRESS" in out + err, f"check: exit {code}: {out}{err}")
        code, out, err = site.run("run", "--dry-run")
        check(code == 1 and "BINDING-ADDRESS" in out + err, f"dry run: exit {code}: {out}{err}")
        refused(f"{HOST}:{site.port} at 127.0.0.2")
        code, out, err = site.run("status", "--check")
        check(code != 0 and "BINDING-ADDRESS" in out + err, f"status: exit {code}: {out}{err}")
        # The file stays as it is.
        subprocess.run(["sh", "server2.sh"], cwd=site.folder, check=True, env=site.environment)
        site.run_pass()
        check(site.published() > serial and "127.0.0.2" in site.output(), "published once it presents the right one")
        check(site.run_pass() == "", "nothing is due any more")
    finally:
        with open(site.path("server2.pid"), encoding="utf-8") as pid:
            os.kill(int(pid.read()), 15)
    zone(3, "127.0.0.1", "127.0.0.2", "127.0.0.3")
    said = site.run_pass()
    check("BINDING-ADDRESS-SILENT" in said and "127.0.0.3" in said, said)
    check("127.0.0.3" in site.output(), "an address where nobody listens holds nothing up")


def plain(site):
    """A new address of a mail host where STARTTLS is not offered: senders with a record would defer."""
    port = free_port()
    with open(site.path("danewerk.yaml"), encoding="utf-8") as read:
        site.write("danewerk.yaml", read.read().replace("/tls\", probe", "/tls\", probe").replace(
            "services: [", f'services: [{{service: "{HOST}:{port}/smtp", probe: local}}, '))
    site.write("zones/one.example.zone", ZONE.format(serial=1, host=10) + "mx1 A 127.0.0.1\n")
    site.renew()
    site.run_pass()
    serial = site.published()
    check(f"_{port}._tcp.{HOST}." in site.output(), "the record is published")
    listener = deaf_mail(port)
    site.write("zones/one.example.zone", ZONE.format(serial=2, host=10) + "mx1 A 127.0.0.2\n")
    said = site.run_pass(1)
    check("BINDING-ADDRESS" in said and "STARTTLS" in said, said)
    check(site.published() == serial, "the last good version stays")
    listener.close()


def watched(site):
    """The daemon sees files that no hook reported, serves them, and announces a new key."""
    first = site.renew()
    site.start()
    wait_for(lambda: site.served() == first and site.presents(first), "the first certificate")
    site.settled()
    second = site.renew()
    began = time.monotonic()
    wait_for(lambda: site.presents(second), "the renewed certificate is presented")
    print(f"renewed to presented: {time.monotonic() - began:.1f} s")
    site.settled()
    site.renew("key2")
    wait_for(lambda: site.records() == 2, "the record of the new key is published")
    check(site.served() == second, "its certificate waits")
    check(site.stop() == 0, "the daemon stops")


if __name__ == "__main__":
    cases = {case.__name__: case for case in (told, deaf, dead, drifted, partly, silent, bare, address, plain, watched)}
    with Mail(*sys.argv[1:3]) as site:
        cases[sys.argv[3]](site)
    print("good")
