"""Weeks in which everything happens at any time: renewals with kept and new keys by issuers of all kinds, hooks
that are called, called twice or not at all, a secondary that is cut off, a machine without danewerk,
passes that are killed, a mail server that cannot be reloaded. Imported by mailed.py.
"""
import os
import subprocess
import time

import mail_lab
import peers
import small_ca

MINUTE, HOUR = mail_lab.MINUTE, mail_lab.HOUR
ISSUERS = ("first", "second", "third", "fourth")  # the first two are in the catalogue


class Course:
    def __init__(self, lab):
        self.lab, self.dice, self.counts = lab, lab.dice, {}
        clock = ["env", *(f"{name}={value}" for name, value in lab.clock.environment().items())]
        self.authority = small_ca.SmallAuthority(lab.path("ca"), ISSUERS, clock)
        for host in lab.hosts:
            small_ca.make_key(host.files[1])
            self.authority.renew(host.files[1], "first", host.name, host.files[0])
        known = [self.authority.path(name + ".pem") for name in ("root", *ISSUERS[:2])]
        lab.tops.append(f"issuers: [{small_ca.catalogue(lab.path('lab.yaml'), 'Lab', *known)}]")
        lab.start_dns()
        lab.configure()
        lab.begin()
        self.events = {self.renew: 6, self.cut_off: 1, self.sleep: 1, self.kill: 2, self.break_reload: 1}

    def go_on(self, steps):
        for _ in range(steps):
            if self.dice.random() < 0.5:
                event, = self.dice.choices(list(self.events), list(self.events.values()))
                name = event.__name__
                self.counts[name] = self.counts.get(name, 0) + 1
                event()
            self.lab.step(self.dice.choice((5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 9 * HOUR)), mail=0.6, allowed="*")
            self.lab.finger(self.dice.choice(self.lab.hosts))

    def end(self):
        """Everything works again: then what was last renewed is served soon, or what was refused is told."""
        self.mend()
        for host in self.lab.hosts:
            self.authority.renew(host.files[1], "first", host.name, host.files[0])
        self.lab.until(lambda: all(host.is_served() for host in self.lab.hosts), "what was last renewed is served", 80,
                       allowed="*")
        happened = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(self.counts.items()))
        return f"{happened}; {self.lab.end()}"

    def mend(self):
        self.lab.is_running, self.lab.lag = True, 1
        if os.path.exists(self.lab.path("reload-fails")):
            os.unlink(self.lab.path("reload-fails"))

    # What happens.

    def renew(self):
        host, issuer, is_new = self.dice.choice(self.lab.hosts), self.dice.choice(ISSUERS), self.dice.random() < 0.4
        calls = self.dice.choice((0, 1, 2)) if self.lab.is_running else 0
        self.lab.note(f"-- {host.binding}: {'new' if is_new else 'kept'} key, {issuer} issuer, hook {calls} times")
        if is_new:
            small_ca.make_key(host.files[1])
        self.authority.renew(host.files[1], issuer, host.name, host.files[0])
        for _ in range(calls):
            done = peers.run(self.lab.wrapper, "hook", "generic", host.files[0])
            self.lab.note(f"{done.stdout}{done.stderr}exit {done.returncode}")
            if done.returncode not in (0, 10, 20, 30):
                raise self.lab.failure(f"hook generic: exit {done.returncode}")

    def cut_off(self):
        """The secondary fetches nothing for up to two days; or it does again."""
        self.lab.lag = 48 if self.lab.lag == 1 else 1
        self.lab.transfer_at = None
        self.lab.note(f"-- secondary: lag of {self.lab.lag} h")

    def sleep(self):
        """No danewerk; or it is back."""
        self.lab.is_running = not self.lab.is_running
        self.lab.note(f"-- danewerk runs: {self.lab.is_running}")

    def kill(self):
        """A pass that ends anywhere."""
        if not self.lab.is_running:
            return
        self.lab.note("-- a pass is killed")
        env = dict(os.environ, LC_ALL="C", TZ="UTC", PATH=os.environ["PATH"] + ":/usr/sbin", **self.lab.clock.environment())
        with subprocess.Popen([self.lab.binary, "--config", self.lab.path("danewerk.yaml"), "run"], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(self.dice.random() * 0.4)
            process.kill()

    def break_reload(self):
        """The mail server cannot be reloaded; or it can again."""
        path = self.lab.path("reload-fails")
        is_broken = os.path.exists(path)
        self.lab.note(f"-- reload works: {is_broken}")
        if is_broken:
            os.unlink(path)
        else:
            self.lab.write("reload-fails", "")
