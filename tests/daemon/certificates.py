"""Requests about certificates while the daemon holds the state: answered by it, and followed by a pass."""
import json
import os
import re
import subprocess

from site_folder import check, wait_for

SERVICE = """certificates:
  mail:
    certificate: live/fullchain.pem
    key: live/privkey.pem
    serve: {directory: served/mail}
    services: ["www.one.example:25/smtp"]
"""


def certify(site):
    """A key and a certificate for it, as an ACME client leaves them."""
    os.makedirs(site.path("live"))
    os.makedirs(site.path("served"), 0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "90", "-subj", "/CN=www.one.example", "-addext", "subjectAltName=DNS:www.one.example",
                    "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", site.path("live/privkey.pem"),
                    "-out", site.path("live/fullchain.pem")], check=True, capture_output=True)
    os.chmod(site.path("live/privkey.pem"), 0o600)


def records(site):
    """TLSA records in the output file."""
    return len(re.findall(r"^_25\._tcp\.www\.one\.example\.\s.*\sTLSA\s+3 1 1 ", site.output(), re.M))


def state(site):
    return json.loads(site.good("--json", "tlsa", "show"))["bindings"][0]


def certificates(site):
    certify(site)
    site.configure(more=SERVICE)
    site.start()
    wait_for(site.published, "the first version")
    wait_for(lambda: records(site) == 1, "the record of the first certificate")
    site.settled()
    check(state(site)["state"] == "stable", "a certificate at rest")
    site.good("tlsa", "roll", "mail")
    made = json.loads(site.good("--json", "tlsa", "next-key", "mail"))
    check(os.stat(made["file"]).st_mode & 0o777 == 0o600, "nobody else reads the next key")
    # Nobody has to ask for the pass that publishes its record.
    wait_for(lambda: records(site) == 2, "the record of the next key")
    site.logged(r"event=request request=tlsa-next-key .*result=done")
    check(any(event["who"] not in ("engine", "danewerkd") for event in state(site)["history"]),
          "the log has the user's name")
    code, _, err = site.run("tlsa", "next-key", "mail")
    check(code == 1 and "there is a next key already" in err, f"what is refused: {code} {err}")
    code, out, _ = site.run("tlsa", "emergency", "mail", "--stolen")
    check(code == 3 and "security:" in out, f"an emergency is to be confirmed: {code} {out}")
    site.good("tlsa", "csr", "mail", "--key", "next", "-o", site.path("next.csr"))
    check("REQUEST" in open(site.path("next.csr"), encoding="utf-8").read(), "the request is here")
    site.good("tlsa", "roll", "mail", "--abort")
    check(all(key["use"] != "next" for key in state(site)["keys"]), "there is no next key any more")
    site.logged(r"event=request request=tlsa-roll .*result=done", times=2)
    for words in (["plan"], ["what-if", "mail", "new-key"], ["list"]):
        site.good("tlsa", *words)
