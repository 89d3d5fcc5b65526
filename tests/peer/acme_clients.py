"""pebble, which issues to everybody, and the clients certbot, dehydrated and lego as their manuals say to use
them, each with our script of contrib/hooks. Imported by mailed.py.
"""
import json
import os
import re
import ssl
import subprocess
import urllib.request

import peers

HOOKS = os.path.join(peers.ROOT, "contrib/hooks")


class Pebble:
    """An authority with a root and an issuer of its own, made at each start."""

    def __init__(self, lab, name, port, days=1825):
        self.lab, self.name, self.port = lab, name, port
        if not os.path.exists(lab.path("pebble.pem")):
            peers.call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=localhost",
                       "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", lab.path("pebble.key"), "-out",
                       lab.path("pebble.pem"))
        config = lab.write(f"{name}.json", json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{port + 1}",
            "certificate": lab.path("pebble.pem"), "privateKey": lab.path("pebble.key"), "httpPort": 15080,
            "tlsPort": 15443, "certificateValidityPeriod": days * 86400}}))
        lab.start(name, "pebble", "-config", config, PEBBLE_VA_ALWAYS_VALID="1", PEBBLE_VA_NOSLEEP="1",
                  PEBBLE_WFE_NONCEREJECT="0")
        lab.await_port("127.0.0.1", port + 1)
        self.url = f"https://127.0.0.1:{port}/dir"
        self.root = lab.write(f"{name}-root.pem", self.fetch("roots/0"))
        self.issuer = lab.write(f"{name}-issuer.pem", self.fetch("intermediates/0"))

    def fetch(self, what):
        context = ssl.create_default_context(cafile=self.lab.path("pebble.pem"))
        with urllib.request.urlopen(f"https://127.0.0.1:{self.port + 1}/{what}", context=context, timeout=10) as page:
            return page.read().decode()


class Client:
    """A program that renews the certificate of one host. FILES: fullchain and key as it leaves them."""

    def __init__(self, lab, host):
        self.lab, self.host = lab, host
        self.transcript, self.files = [], ("", "")

    def call(self, *command, **environment):
        """Its exit code is kept, and what of its output speaks of the hook."""
        env = dict(os.environ, LC_ALL="C", PATH=os.environ["PATH"] + ":/usr/sbin", DANEWERK=self.lab.wrapper,
                   REQUESTS_CA_BUNDLE=self.lab.path("pebble.pem"), LEGO_CA_CERTIFICATES=self.lab.path("pebble.pem"),
                   HOME=self.lab.path("home"), **environment)
        before = self.lab.said_so_far()
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=env, timeout=120,
                              stdin=subprocess.DEVNULL)
        words = " ".join(os.path.basename(command[0]) if number == 0 else word for number, word in enumerate(command))
        said = "".join(f"    {line}\n" for line in self.lab.said_so_far()[len(before):].splitlines())
        told = [line for line in (done.stdout + done.stderr).splitlines() if re.search(r"(?i)hook|error", line)]
        self.transcript.append(f"  $ {words}\n{said}" + "".join(f"    | {line}\n" for line in told[:6]) +
                               f"    exit {done.returncode}")
        self.last = done
        return done.returncode

    def must(self, *command, **environment):
        if self.call(*command, **environment) != 0:
            raise self.lab.failure(f"{' '.join(command)}\n{self.last.stdout[-2500:]}{self.last.stderr[-2500:]}")

    def expire_early(self, server):
        """A certificate that ends before the one that is served."""
        self.move(server)

    def text(self):
        return "\n".join(self.transcript).replace(self.lab.folder, "LAB").replace(HOOKS, "HOOKS")


class Certbot(Client):
    name = "certbot"

    def __init__(self, lab, host, *_):
        super().__init__(lab, host)
        live = lab.path("certbot/live", host)
        self.files = (live + "/fullchain.pem", live + "/privkey.pem")
        folder = lab.path("certbot/renewal-hooks/deploy")
        os.makedirs(folder)
        os.symlink(os.path.join(HOOKS, "certbot"), folder + "/danewerk")

    def common(self, server):
        home = self.lab.path("certbot")
        return ("certbot", "--config-dir", home, "--work-dir", home + "/w", "--logs-dir", home + "/l", "--server", server.url)

    def first(self, server, *more):
        self.must(*self.common(server), "certonly", "--standalone", "--http-01-port", "15080", "--http-01-address",
                  "127.0.0.1", "-n", "--agree-tos", "--register-unsafely-without-email", "-d", self.host, "--key-type", "rsa",
                  "--reuse-key", *more)

    def renew(self, server, is_key_new=False):
        self.must(*self.common(server), "renew", "--force-renewal", "-n", "--no-random-sleep-on-renew",
                  "--agree-tos", "--register-unsafely-without-email", *(("--new-key",) if is_key_new else ()))

    def move(self, server):
        """To another authority, with the same key."""
        self.first(server, "--force-renewal")


class Dehydrated(Client):
    name = "dehydrated"

    def __init__(self, lab, host, *_):
        super().__init__(lab, host)
        home = lab.path("dehydrated")
        os.makedirs(home + "/www")
        lab.write("dehydrated/domains.txt", host + "\n")
        self.files = (f"{home}/certs/{host}/fullchain.pem", f"{home}/certs/{host}/privkey.pem")
        self.registered = set()

    def configure(self, server, is_key_new, *more):
        home = self.lab.path("dehydrated")
        renew = "yes" if is_key_new else "no"
        self.lab.write("dehydrated/config", "\n".join((
            f'BASEDIR="{home}"', f'WELLKNOWN="{home}/www"', f'CA="{server.url}"', 'CHALLENGETYPE="http-01"', 'KEY_ALGO="rsa"',
            "KEYSIZE=2048", f'CURL_OPTS="--cacert {self.lab.path("pebble.pem")}"', f'PRIVATE_KEY_RENEW="{renew}"',
            f'HOOK="{HOOKS}/dehydrated"', *more, "")))
        if server.name not in self.registered:
            self.registered.add(server.name)
            self.must("dehydrated", "-f", home + "/config", "--register", "--accept-terms")

    def first(self, server):
        self.configure(server, False)
        self.must("dehydrated", "-f", self.lab.path("dehydrated/config"), "-c")

    def renew(self, server, is_key_new=False):
        self.configure(server, is_key_new)
        self.must("dehydrated", "-f", self.lab.path("dehydrated/config"), "-c", "-x")

    def look_again(self, server):
        """Nothing is due, and the hook hears that."""
        self.configure(server, False)
        self.must("dehydrated", "-f", self.lab.path("dehydrated/config"), "-c")

    def veto(self, server, served):
        """Turned down before the links move; dehydrated's exit code."""
        self.configure(server, True, f'export DANEWERK_VETO="{served}"')
        return self.call("dehydrated", "-f", self.lab.path("dehydrated/config"), "-c", "-x")

    def move(self, server):
        self.renew(server)


class Lego(Client):
    name = "lego"

    def __init__(self, lab, host, *_):
        super().__init__(lab, host)
        folder = lab.path("lego/certificates")
        self.files, self.registered = (f"{folder}/{host}.crt", f"{folder}/{host}.key"), set()

    def common(self, server):
        return ("lego", "--server", server.url, "--path", self.lab.path("lego"), "--accept-tos", "--email", "a@" + self.host,
                "--domains", self.host, "--key-type", "rsa2048", "--http", "--http.port", "127.0.0.1:15080")

    def first(self, server):
        """With a new key, and an account where there is none."""
        self.registered.add(server.name)
        self.must(*self.common(server), "run", "--run-hook", os.path.join(HOOKS, "lego"))

    def renew(self, server, is_key_new=False):
        if is_key_new and server.name not in self.registered:
            self.first(server)
            return
        self.must(*self.common(server), "renew", "--days", "4000", "--no-random-sleep", "--renew-hook",
                  os.path.join(HOOKS, "lego"), *(() if is_key_new else ("--reuse-key",)))

    def move(self, server):
        """To another authority."""
        self.first(server)
