"""An authority of a few lines: a root, issuers below it, certificates for a key. Imported by mailed.py."""
import os

import peers

AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


class SmallAuthority:
    def __init__(self, folder, names, prefix=(), title="Lab"):
        """PREFIX: words before each command that signs, such as a clock to live by."""
        self.folder, self.number, self.prefix = folder, 0, prefix
        os.makedirs(folder)
        self.make_key("root")
        peers.call("openssl", "req", "-x509", "-key", self.path("root.key"), "-subj", f"/O={title}/CN={title} Root", "-days", "3650",
                   "-out", self.path("root.pem"), "-addext", "basicConstraints=critical,CA:TRUE")
        for name in names:
            self.make_key(name)
            self.sign(self.path(name + ".key"), f"/O={title}/CN={name}", "root", AUTHORITY, 1500, self.path(name + ".pem"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_key(self, name):
        make_key(self.path(name + ".key"))

    def sign(self, key, subject, issuer, extensions, days, target):
        peers.call("openssl", "req", "-new", "-key", key, "-subj", subject, "-out", self.path("csr"))
        self.certify(self.path("csr"), issuer, extensions, days, target)

    def certify(self, request, issuer, extensions, days, target):
        self.number += 1
        with open(self.path("ext"), "w", encoding="ascii") as out:
            out.write(extensions)
        peers.call(*self.prefix, "openssl", "x509", "-req", "-in", request, "-CA", self.path(issuer + ".pem"), "-CAkey",
                   self.path(issuer + ".key"), "-set_serial", str(self.number), "-days", str(days), "-extfile",
                   self.path("ext"), "-out", target)

    def renew(self, key, issuer, host, target, days=90):
        """Leaf and issuer at TARGET, as a client puts them there: at once."""
        self.sign(key, "/CN=" + host, issuer, f"subjectAltName=DNS:{host}\n", days, self.path("leaf.pem"))
        self.put(issuer, target)

    def fulfil(self, request, issuer, host, target, days=90):
        """The same for a request."""
        self.certify(request, issuer, f"subjectAltName=DNS:{host}\n", days, self.path("leaf.pem"))
        self.put(issuer, target)

    def replace(self, files, issuer, host):
        """A new key and its certificate, FILES: certificate and key, as close to each other as clients have it."""
        key = files[1] + ".new"
        make_key(key)
        self.sign(key, "/CN=" + host, issuer, f"subjectAltName=DNS:{host}\n", 90, self.path("leaf.pem"))
        os.replace(key, files[1])
        self.put(issuer, files[0])

    def put(self, issuer, target):
        with open(target + ".new", "w", encoding="ascii") as out:
            for part in ("leaf", issuer):
                with open(self.path(part + ".pem"), encoding="ascii") as file:
                    out.write(file.read())
        os.replace(target + ".new", target)


def make_key(path):
    peers.call("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    os.chmod(path, 0o600)


def catalogue(path, authority, *certificates, state="active"):
    """A file of issuers, all of them in one state."""
    with open(path, "w", encoding="ascii") as out:
        out.write(f"authority: {authority}\nissuers:\n")
        for certificate in certificates:
            out.write(peers.call(os.path.join(peers.ROOT, "contrib/issuers/entry"), certificate, state))
    return path
