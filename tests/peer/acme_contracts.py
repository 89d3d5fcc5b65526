"""acme.sh and getssl, which Debian does not have: what they do after a renewal, as their documentation and
sources say, with certificates of an authority of our own. Imported by mailed.py.
"""
import os
import re
import shlex

import acme_clients
import small_ca

# A client copies into the file that is there, and does not replace it.
COPY = "cat {} > {}"


class Played(acme_clients.Client):
    """NAME, with whatever RENEW does of it here."""

    authority = None

    def __init__(self, lab, host, files):
        super().__init__(lab, host)
        self.files = files
        if Played.authority is None or Played.authority.folder != lab.path("played"):
            Played.authority = small_ca.SmallAuthority(lab.path("played"), ["issuer"])
        self.home = lab.path("home", self.name, host)
        os.makedirs(self.home)
        self.key, self.chain = self.home + "/key", self.home + "/fullchain.cer"
        small_ca.make_key(self.key)

    def first(self, _):
        self.renew(_)

    def renew(self, _, is_key_new=False, days=90):
        if is_key_new:
            small_ca.make_key(self.key)
        self.authority.renew(self.key, "issuer", self.host, self.chain, days)
        self.install()

    def expire_early(self, _):
        self.renew(_, days=60)

    def play(self, told, script):
        if self.call("sh", "-c", script) != 0:
            raise self.lab.failure(f"{script}\n{self.last.stdout}{self.last.stderr}")
        # What it does stands above.
        self.transcript[-1] = re.sub(r"  \$ sh -c .*?(?=\n    )", f"  {told}", self.transcript[-1], count=1, flags=re.DOTALL)


class AcmeSh(Played):
    """`acme.sh --install-cert`, once told of files and of --reloadcmd, does that again after each renewal."""

    name = "acme.sh"

    def install(self):
        hook = shlex.join((os.path.join(acme_clients.HOOKS, "acme.sh"), self.files[0]))
        told = f"CERT_FULLCHAIN_PATH={self.chain}, copied to {self.files[0]}; reloadcmd: {hook}"
        self.play(told, f"""umask 077
{COPY.format(self.key, self.files[1])}
{COPY.format(self.chain, self.files[0])}
export CERT_PATH={self.home}/{self.host}.cer CERT_KEY_PATH={self.key} CA_CERT_PATH={self.home}/ca.cer
export CERT_FULLCHAIN_PATH={self.chain} Le_Domain={self.host}
cd {self.home} && eval {shlex.quote(hook)} || {{ echo "Reload error for :$Le_Domain" >&2; exit 0; }}""")


class Getssl(Played):
    """Copies to DOMAIN_KEY_LOCATION and DOMAIN_CHAIN_LOCATION, evaluates RELOAD_CMD, and fails when that does."""

    name = "getssl"

    def install(self):
        hook = shlex.join((os.path.join(acme_clients.HOOKS, "getssl"), self.files[0]))
        self.play(f"DOMAIN_CHAIN_LOCATION={self.files[0]}; RELOAD_CMD: {hook}", f"""umask 077
{COPY.format(self.key, self.files[1])}
{COPY.format(self.chain, self.files[0])}
eval {shlex.quote(hook)} || {{ echo "getssl: ERROR - error running: reload command" >&2; exit 1; }}""")
