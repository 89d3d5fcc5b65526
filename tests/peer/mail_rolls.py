"""Keys of mail servers are replaced while mail flows, each in one of the ways that there are: the next key made by
a pass and certified by certbot with a request; asked for by the operator, ordered too early, turned back,
and done again; kept offline, so that danewerk has its public half only. Then a key is stolen. Imported by
mailed.py.
"""
import json
import os

import acme_clients
import mail_lab
import peers
import small_ca

MINUTE, HOUR = mail_lab.MINUTE, mail_lab.HOUR
OPTIONS = (["key-policy: next"], ["records: [3 1 1, 2 1 1]", "learn-issuers: true"],
           ["key-policy: next", "next-key: manual"])


class Rolls:
    def __init__(self, lab):
        self.lab, self.orders = lab, 0
        self.made, self.asked, self.offline = lab.hosts
        self.pebble = acme_clients.Pebble(lab, "pebble", 15440)
        self.certbot = acme_clients.Certbot(lab, self.made.name)
        self.authority = small_ca.SmallAuthority(lab.path("ca"), ["issuer"])
        self.told = []
        for host in lab.hosts:
            small_ca.make_key(host.files[1])
        authorities = [self.authority.path(name + ".pem") for name in ("root", "issuer")]
        lab.tops.append(f"issuers: [{small_ca.catalogue(lab.path('lab.yaml'), 'Lab', *authorities)}]")
        lab.start_dns()
        lab.configure()
        request = lab.path("first.csr")
        peers.call("openssl", "req", "-new", "-key", self.made.files[1], "-subj", "/CN=" + self.made.name, "-out", request,
                   "-addext", "subjectAltName=DNS:" + self.made.name)
        self.order(request)
        for host in (self.asked, self.offline):
            self.authority.renew(host.files[1], "issuer", host.name, host.files[0])
        lab.begin()

    # What operators and clients do.

    def tlsa(self, *words, code=0):
        got, said = self.lab.danewerk("tlsa", *words)
        self.lab.note(f"$ danewerk tlsa {' '.join(words)}\n{said}exit {got}")
        if got != code:
            raise self.lab.failure(f"danewerk tlsa {' '.join(words)}: exit {got} instead of {code}\n{said}")
        return said

    def hook(self, host, code):
        done = peers.run(self.lab.wrapper, "hook", "generic", host.files[0])
        self.lab.note(f"{done.stdout}{done.stderr}exit {done.returncode}")
        if done.returncode != code:
            raise self.lab.failure(f"hook generic {host.files[0]}: exit {done.returncode} instead of {code}")
        if host.is_served() != (code == 0):
            raise self.lab.failure(f"{host.name}: hook generic exits with {code}, and that is not what is served")

    def order(self, request):
        """certbot does not overwrite what --fullchain-path names."""
        self.orders += 1
        home = self.lab.path(f"order{self.orders}")
        os.makedirs(home)
        self.certbot.must(*self.certbot.common(self.pebble), "certonly", "--standalone", "--http-01-port", "15080",
                          "--http-01-address", "127.0.0.1", "-n", "--agree-tos", "--register-unsafely-without-email",
                          "--csr", request, "--cert-path", home + "/cert.pem", "--chain-path", home + "/chain.pem",
                          "--fullchain-path", home + "/fullchain.pem")
        os.replace(home + "/fullchain.pem", self.made.files[0])

    def request(self, host):
        path = self.lab.path(host.binding + ".csr")
        self.tlsa("csr", host.binding, "--key", "next", "-o", path)
        return path

    def states(self):
        code, said = self.lab.danewerk("--json", "tlsa", "list")
        if code != 0:
            raise self.lab.failure(f"tlsa list: exit {code}\n{said}")
        return {one["binding"]: one["state"] for one in json.loads(said)["bindings"]}

    def keys_published(self, host):
        return {record for record in host.tlsa(self.lab.primary[0]) if record.startswith("3 1 1")}

    def await_ready(self, host, seconds=None):
        self.lab.until(lambda: self.states()[host.binding] == "ready", f"{host.binding} ready", seconds=seconds)

    # Rolls.

    def replace_all(self, is_aborted):
        before = {host: host.served_key() for host in self.lab.hosts}
        self.tlsa("roll", self.asked.binding)
        self.tlsa("next-key", self.asked.binding)
        standby = self.lab.path("offline.key")
        small_ca.make_key(standby)
        peers.call("openssl", "pkey", "-in", standby, "-pubout", "-out", standby + ".pub")
        self.tlsa("next-key", self.offline.binding, "--public", standby + ".pub")
        self.lab.run()
        # Ordered too early, as clients do: it waits.
        self.authority.fulfil(self.request(self.asked), "issuer", self.asked.name, self.asked.files[0])
        self.hook(self.asked, 10)
        waited = self.lab.clock.now()
        self.lab.until(self.asked.is_served, "the certificate that was ordered early is served")
        self.told.append(f"ordered early, served after {(self.lab.clock.now() - waited) / HOUR:.1f} h")
        # In their time: served at once.
        for host in (self.made, self.offline):
            self.await_ready(host)
        self.order(self.request(self.made))
        self.hook(self.made, 0)
        os.replace(standby, self.offline.files[1])
        self.authority.renew(self.offline.files[1], "issuer", self.offline.name, self.offline.files[0])
        self.hook(self.offline, 0)
        self.lab.finger()
        if any(host.served_key() == key for host, key in before.items()):
            raise self.lab.failure("a key was not replaced")
        if is_aborted:
            self.turn_back(before[self.asked])
        else:
            self.settle()

    def turn_back(self, key):
        """Within a day, the way back is open; and then it goes forward again."""
        self.lab.step(3 * HOUR)
        self.tlsa("roll", self.asked.binding, "--abort")
        self.lab.until(lambda: self.asked.served_key() == key, "what was served before is served again", 5)
        self.told.append("turned back")
        for _ in range(3):
            self.lab.step(HOUR)
        self.lab.finger()
        # The client's files still have the other one.
        if self.asked.is_served() or self.asked.served_key() != key:
            raise self.lab.failure("what was turned back from is served again")

    def settle(self):
        """Nothing is left of the old keys."""
        for _ in range(3):
            self.lab.step(14 * HOUR)
        wanted = {self.made: 2, self.asked: 1, self.offline: 1}  # the pass has made a key once more
        for host, count in wanted.items():
            if len(self.keys_published(host)) != count:
                raise self.lab.failure(f"{host.name}: {self.keys_published(host)} instead of {count}")

    def steal(self):
        """The thief has the key of the first host; its next one is announced, and takes over at once."""
        key = self.made.served_key()
        self.await_ready(self.made, 3 * HOUR)
        said = self.tlsa("emergency", self.made.binding, "--stolen", code=3)
        if "next" not in said:
            raise self.lab.failure(f"the next key is announced, and not offered: {said}")
        self.tlsa("emergency", self.made.binding, "--stolen", "--choose", "next", "--confirm")
        self.order(self.request(self.made))
        self.hook(self.made, 0)
        self.lab.step(10 * MINUTE)
        if any(key in record for record in self.keys_published(self.made)):
            raise self.lab.failure("the record of the stolen key is still published")
        self.lab.finger()
        self.lab.step(3 * HOUR)
        self.told.append("stolen, replaced at once")
