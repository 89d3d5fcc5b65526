"""A secondary (NSD) that has the serial of a zone of ours and other TLSA records, or records without a
signature: what comes next waits until it shows what was published. recorded.py DANEWERK SHIFT"""
import os
import subprocess
import sys

import update_lab
import watched
from site_folder import check, wait_for

MINUTE = 60
NSD = """server:
  ip-address: 127.0.0.1@%(port)d
  username: ""
  chroot: ""
  zonesdir: "%(home)s"
  database: ""
  pidfile: "%(home)s/pid"
  xfrdfile: "%(home)s/xfrd"
  zonelistfile: "%(home)s/list"
  xfrdir: "%(home)s"
  server-count: 1
remote-control:
  control-enable: yes
  control-interface: "%(home)s/ctl"
zone:
  name: "one.example"
  zonefile: "zone"
"""


def lines(text, wanted):
    """Those of a zone file for which WANTED holds."""
    return "".join(line for line in text.splitlines(True) if wanted(line))


class Secondary:
    """NSD with whatever it is given. It keeps the time of this machine: signatures are not its affair."""

    def __init__(self, site):
        self.site, self.port = site, watched.free_port()
        self.environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
        os.mkdir(site.path("nsd"))
        site.write("nsd/conf", NSD % {"port": self.port, "home": site.path("nsd")})
        with open(site.path("danewerk.yaml"), encoding="utf-8") as read:
            listed = f"    parents: none\n    secondaries: [{{address: 127.0.0.1, port: {self.port}}}]"
            site.write("danewerk.yaml", read.read().replace("    parents: none", listed))

    def start(self):
        with open(self.site.path("nsd/log"), "wb") as log:
            self.server = subprocess.Popen(["nsd", "-d", "-c", self.site.path("nsd/conf")], stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log, env=self.environment)
        wait_for(lambda: self.control("status", "one.example").returncode == 0, "nsd answers")

    def control(self, *words):
        return subprocess.run(["nsd-control", "-c", self.site.path("nsd/conf"), *words], check=False,
                              capture_output=True, env=self.environment)

    def serve(self, text):
        self.site.write("nsd/zone", text)
        check(self.control("reload", "one.example").returncode == 0, "nsd reloads")

    def stop(self):
        self.server.terminate()
        self.server.wait()


def recorded(site, clock):
    secondary = Secondary(site)

    def later():
        clock.move(11 * MINUTE)
        return site.run_pass()

    def waits():
        return site.good("--json", "tlsa", "show", "mail")

    def held(what):
        """NSD reloads when it likes: told of at the second look that finds it."""
        wait_for(lambda: "[SECONDARY-RECORDS]" in later(), what)
        check("ROLL-SECONDARY-RECORDS" in waits() and what in waits(), waits())

    site.renew()
    site.run_pass()
    first = next(line for line in site.output().splitlines(True) if "\tTLSA\t" in line)
    site.write("nsd/zone", site.output())
    secondary.start()
    try:
        later()
        site.renew("key2")
        site.run_pass()
        check(site.records() == 2, "the record of the new key is published")
        right = site.output()
        secondary.serve(lines(right, lambda line: "\tTLSA\t" not in line or line == first))
        held("shows other TLSA records")
        check("SECONDARY-RECORDS" in "".join(site.run("status", "one.example")[1:]), "status tells of it")
        secondary.serve(lines(right, lambda line: "\tRRSIG\tTLSA " not in line))
        held("without a signature")
        secondary.serve(right)
        wait_for(lambda: later() is not None and "ROLL-SECONDARY-RECORDS" not in waits(), "it shows them now")
        check("ROLL-TLSA-GATE" in waits(), f"from there on it is a matter of time: {waits()}")
    finally:
        secondary.stop()


if __name__ == "__main__":
    with watched.Mail(sys.argv[1], sys.argv[1]) as there:
        moving = update_lab.Clock(there.path("clock"), os.path.abspath(sys.argv[2]))
        there.environment.update(moving.environment())
        recorded(there, moving)
    print("good")
