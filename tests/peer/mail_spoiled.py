"""What a client may leave behind that must change nothing: damaged files, files that do not belong together,
certificates that nobody may present. Imported by mailed.py.
"""
import os
import shutil

import mail_lab
import peers
import small_ca

HOUR = mail_lab.HOUR


class Spoiled:
    """One host, [3 1 1, 2 1 1], two issuers in the catalogue; its good files are kept beside."""

    def __init__(self, lab):
        self.lab, self.host = lab, lab.hosts[0]
        self.certificate, self.key = self.host.files
        self.clock = ["env", *(f"{name}={value}" for name, value in lab.clock.environment().items())]
        self.ca = small_ca.SmallAuthority(lab.path("ca"), ["issuer", "backup"], self.clock)
        small_ca.make_key(self.key)
        self.ca.renew(self.key, "issuer", self.host.name, self.certificate)
        self.test = small_ca.SmallAuthority(lab.path("test-ca"), ["issuer"], self.clock, "Test")
        known = [self.ca.path(name + ".pem") for name in ("root", "issuer", "backup")]
        test = [self.test.path(name + ".pem") for name in ("root", "issuer")]
        files = (small_ca.catalogue(lab.path("lab.yaml"), "Lab", *known),
                 small_ca.catalogue(lab.path("test.yaml"), "Test system", *test, state="staging"))
        lab.tops.append(f"issuers: [{', '.join(files)}]")
        lab.start_dns()
        lab.configure()
        lab.begin()

    # Each: what the client does; what the finding must be.

    def empty(self):
        self.write("")
        return "TLSA-CHAIN-UNREADABLE"

    def cut(self):
        self.write(self.good()[:700])
        return "TLSA-CHAIN-UNREADABLE"

    def gone(self):
        os.unlink(self.certificate)
        return "TLSA-CHAIN-UNREADABLE"

    def loop(self):
        os.unlink(self.certificate)
        os.symlink(self.certificate, self.certificate)
        return "TLSA-CHAIN-UNREADABLE"

    def no_leaf(self):
        shutil.copy(self.ca.path("issuer.pem"), self.certificate)
        return "TLSA-CHAIN-NO-LEAF"

    def no_issuer(self):
        self.write(self.good().split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n")
        return "TLSA-CHAIN-NO-ISSUER"

    def other_key(self):
        small_ca.make_key(self.key)
        return "TLSA-CHAIN-KEY"

    def no_key(self):
        os.unlink(self.key)
        return "BINDING-KEY-UNREADABLE"

    def open_key(self):
        os.chmod(self.key, 0o644)
        return "BINDING-KEY-UNREADABLE"

    def other_host(self):
        self.ca.renew(self.key, "issuer", "elsewhere.example", self.certificate)
        return "TLSA-NAME"

    def ends_early(self):
        self.ca.renew(self.key, "issuer", self.host.name, self.certificate, 20)
        return "ROLL-TLSA-OLDER"

    def expired(self):
        self.with_clock(-100 * 24 * HOUR)
        return "TLSA-EXPIRED"

    def not_yet(self):
        self.with_clock(10 * 24 * HOUR)
        return "TLSA-NOT-YET-VALID"

    def short_key(self):
        peers.call("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", self.key)
        self.ca.renew(self.key, "issuer", self.host.name, self.certificate)
        return "TLSA-KEY-SHORT"

    def authority(self):
        """A certificate that may sign others, presented as a server's."""
        self.ca.sign(self.key, "/CN=" + self.host.name, "issuer",
                     f"{small_ca.AUTHORITY}subjectAltName=DNS:{self.host.name}\n", 90, self.ca.path("leaf.pem"))
        self.ca.put("issuer", self.certificate)
        return "TLSA-CHAIN-CA-LEAF"

    def staging(self):
        self.test.renew(self.key, "issuer", self.host.name, self.certificate)
        return "TLSA-CHAIN-STAGING"

    EVENTS = (empty, cut, gone, loop, no_leaf, no_issuer, other_key, no_key, open_key, other_host, ends_early, expired,
              not_yet, short_key, authority, staging)

    def go_through(self):
        records, served = self.host.tlsa(self.lab.primary[0]), self.host.served_chain()
        told = []
        for event in self.EVENTS:
            for file in self.host.files:
                shutil.copy2(file, file + ".good")
            wanted = event(self)
            done = peers.run(self.lab.wrapper, "hook", "generic", self.certificate)
            said = done.stdout + done.stderr
            ids = mail_lab.error_ids(said)
            self.lab.note(f"-- {event.__name__}: exit {done.returncode}\n{said}")
            if done.returncode != 20 or wanted not in ids:
                raise self.lab.failure(f"{event.__name__}: exit {done.returncode}, {ids} instead of {wanted}\n{said}")
            self.lab.step(self.lab.dice.choice((600, HOUR)), allowed="*")
            now = self.host.tlsa(self.lab.primary[0])
            if self.host.served_chain() != served or now != records:
                raise self.lab.failure(f"{event.__name__}: what is served or published has changed: {records}, {now}")
            told.append(f"{event.__name__.replace('_', ' ')}: {', '.join(ids)}")
            for file in self.host.files:
                os.replace(file + ".good", file)
        # And then a good one, whatever its order: at once, for the other issuer is still covered.
        self.ca.renew(self.key, "backup", self.host.name, self.certificate)
        leaf, issuer = mail_lab.certificates_in(self.good())
        self.write(issuer + leaf + issuer)
        done = peers.run(self.lab.wrapper, "hook", "generic", self.certificate)
        if done.returncode != 0 or not self.host.is_served():
            raise self.lab.failure(f"a good certificate after all that: exit {done.returncode}\n{done.stdout}{done.stderr}")
        self.lab.step(HOUR)
        return "\n".join(told)

    # Files.

    def good(self):
        with open(self.certificate, encoding="ascii") as file:
            return file.read()

    def write(self, text):
        with open(self.certificate, "w", encoding="ascii") as file:
            file.write(text)

    def with_clock(self, seconds):
        """A certificate that was made so much later."""
        shift = self.lab.clock.ahead + seconds
        self.ca.prefix = ["env", *(f"{name}={value}" for name, value in self.lab.clock.environment().items()
                                   if name != "FAKETIME_TIMESTAMP_FILE"), f"FAKETIME={shift:+d}"]
        self.ca.renew(self.key, "issuer", self.host.name, self.certificate)
        self.ca.prefix = self.clock
