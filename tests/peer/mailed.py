#!/usr/bin/env python3
"""Mail flows to servers whose certificates are renewed again and again, and no message is deferred: our zone
on NSD, unbound that validates and remembers, a Postfix that sends to nobody whom TLSA records do not vouch
for, ACME clients with pebble, and the hooks of contrib/hooks between them and danewerk.

    mailed.py BINARY stable   keys are kept, [3 1 1, 2 1 1], issuers change at random, then unknown ones come
    mailed.py BINARY any      a new key at each renewal, [3 1 1, 2 1 1]
    mailed.py BINARY daemon   the same with danewerkd instead of cron
    mailed.py BINARY split    the same with a state that is not root's, and danewerk deploy
    mailed.py BINARY next     keys are replaced by all ways that there are, and one is stolen
    mailed.py BINARY hooks    each client once with the kept key, with a new one, and with a bad certificate
    mailed.py BINARY course   weeks in which everything happens at any time
    mailed.py BINARY spoiled  files that are damaged, and certificates that nobody may present, change nothing
    mailed.py BINARY real     records of 5 s, and a clock that runs as clocks do (but for two leaps if not full)
    mailed.py BINARY blind    a service reads the client's files: mail is deferred, and that is seen here

    DW_SEED=N                 another course of events; DW_TEST_TIER=full: more of it
"""
import os
import time

import acme_clients
import acme_contracts
import inside
import mail_course
import mail_lab
import mail_rolls
import mail_spoiled
import peers
import small_ca

MINUTE, HOUR = mail_lab.MINUTE, mail_lab.HOUR
# Two TTLs and a margin: sooner than that after a record was published, nobody may rely on it.
AGED = 2 * HOUR + 5 * MINUTE
BOTH = "records: [3 1 1, 2 1 1]"


def seed():
    return int(os.environ.get("DW_SEED", str(int(time.time()) % 100000)))


class ByHand:
    """Certificates of an authority of our own, put there by hand; `hook generic` is told."""

    name = "generic"

    def __init__(self, lab, host, issuers):
        self.lab, self.host = lab, host
        self.authority = small_ca.SmallAuthority(lab.path("ca"), issuers)
        small_ca.make_key(host.files[1])

    def first(self, issuer):
        self.authority.renew(self.host.files[1], issuer, self.host.name, self.host.files[0])

    def renew(self, issuer, is_key_new=False):
        """The hook's exit code."""
        if is_key_new:
            self.authority.replace(self.host.files, issuer, self.host.name)
        else:
            self.first(issuer)
        done = peers.run(self.lab.wrapper, "hook", "generic", self.host.files[0])
        self.lab.note(done.stdout + done.stderr)
        return done.returncode


class Renewals:
    """Two hosts: certbot or another client with several pebble, and certificates by hand."""

    def __init__(self, lab, client):
        self.lab = lab
        self.pebbles = [acme_clients.Pebble(lab, f"pebble{number}", 15440 + 10 * number) for number in range(3)]
        self.acme, self.hand = lab.hosts
        self.client = client(lab, self.acme.name)
        self.acme.files = self.client.files
        self.by_hand = ByHand(lab, self.hand, ["first", "second", "third"])
        authority = self.by_hand.authority
        # The third issuer of each is known to nobody; its root is.
        lab.tops.append("issuers: [" + ", ".join((
            small_ca.catalogue(lab.path("pebble.yaml"), "Pebble", *(one.root for one in self.pebbles),
                               *(one.issuer for one in self.pebbles[:2])),
            small_ca.catalogue(lab.path("lab.yaml"), "Lab",
                               *(authority.path(name + ".pem") for name in ("root", "first", "second"))))) + "]")
        lab.start_dns()
        lab.configure()

    def begin(self):
        self.client.first(self.pebbles[0])
        self.by_hand.first("first")
        self.lab.begin()

    def renew_known(self, is_key_new=False):
        """By one of two issuers, who knows by which."""
        pebble, issuer = self.lab.dice.choice(self.pebbles[:2]), self.lab.dice.choice(("first", "second"))
        self.lab.note(f"renewals by {pebble.name} and {issuer}")
        self.client.move(pebble) if not is_key_new else self.client.renew(pebble, True)
        return self.by_hand.renew(issuer, is_key_new)

    def must_be_served(self, when):
        for host in self.lab.hosts:
            if not host.is_served():
                raise self.lab.failure(f"{host.name}: the renewed certificate is not served {when}")

    def must_wait(self):
        for host in self.lab.hosts:
            if host.is_served():
                raise self.lab.failure(f"{host.name}: a certificate is served for which no record can be known")

    def await_served(self, what):
        """Both are served, and neither before its records could be in every cache; how long it took."""
        begun, waiting, took = self.lab.clock.now(), set(self.lab.hosts), []

        def is_done():
            for host in [one for one in waiting if one.is_served()]:
                waiting.remove(host)
                took.append(self.lab.clock.now() - begun)
                if took[-1] < AGED:
                    raise self.lab.failure(f"{host.name}: {what} is served after {took[-1]} s")
            return not waiting
        self.lab.until(is_done, what)
        return f"{what} after " + " and ".join(f"{span / HOUR:.1f} h" for span in took)


def stable(binary):
    options = [BOTH, "learn-issuers: true"]
    with mail_lab.MailLab(binary, seed(), options, options) as lab:
        world = Renewals(lab, acme_clients.Certbot)
        world.begin()
        keys = [host.served_key() for host in lab.hosts]
        matched, rounds = set(lab.finger()), 12 if peers.FULL else 4
        for _ in range(rounds):
            code = world.renew_known()
            if code != 0:
                raise lab.failure(f"hook generic: exit {code}")
            world.must_be_served("at once, though its key and issuer are known")
            for _ in range(lab.dice.randint(1, 3)):
                lab.step(lab.dice.choice((10 * MINUTE, HOUR, 7 * HOUR, 26 * HOUR)))
            matched |= set(lab.finger())
            lab.verify()
        world.client.move(world.pebbles[2])
        code = world.by_hand.renew("third")
        if code != 10:
            raise lab.failure(f"hook generic: exit {code} for an issuer that is not published")
        world.must_wait()
        told = world.await_served("an issuer that nobody announced")
        matched |= set(lab.finger())
        lab.verify()
        for _ in range(2):
            lab.step(26 * HOUR)
        world.renew_known()
        world.must_be_served("at once, back from the third issuer")
        lab.step(HOUR)
        if keys != [host.served_key() for host in lab.hosts]:
            raise lab.failure("a key was to stay, and did not")
        seen = "\n".join(("posttls-finger matched " + ", ".join(sorted(matched)), "tlsa verify --mx:", lab.verify()))
        return f"seed {lab.seed}: {2 * rounds + 4} renewals; {told}; {lab.end()}\n{seen}"


def any_key(binary, client=acme_clients.Dehydrated, is_daemon=False, owner=None):
    options = [BOTH, "key-policy: any", "learn-issuers: true"]
    with mail_lab.MailLab(binary, seed(), options, options) as lab:
        if owner:
            lab.give_to(owner)
        world = Renewals(lab, client)
        world.begin()
        if is_daemon:
            lab.start_daemon()
        told = []
        for _ in range(5 if peers.FULL else 2):
            code = world.renew_known(True)
            if code != 10:
                raise lab.failure(f"hook generic: exit {code} for a new key")
            world.must_wait()
            told.append(world.await_served("a new key"))
            lab.finger()
            lab.verify()
            lab.step(lab.dice.choice((10 * MINUTE, HOUR, 26 * HOUR)))
        # Everything at once.
        world.client.renew(world.pebbles[2], True)
        world.by_hand.renew("third", True)
        world.must_wait()
        told.append(world.await_served("a new key by an issuer that nobody announced"))
        lab.finger()
        for _ in range(3):
            lab.step(26 * HOUR)
        for host in lab.hosts:
            records = host.tlsa(lab.primary[0])
            if len({one for one in records if one.startswith("3 1 1")}) != 1:
                raise lab.failure(f"{host.name}: records of keys that nobody needs are still there: {records}")
        return f"seed {lab.seed}: {'; '.join(told)}; {lab.end()}"


CLIENTS = (acme_clients.Certbot, acme_clients.Dehydrated, acme_clients.Lego, acme_contracts.AcmeSh,
           acme_contracts.Getssl)
PLAYED = "its part is played here as its documentation has it: Debian does not have it"


def hooks(binary):
    with mail_lab.MailLab(binary, seed(), *([[]] * len(CLIENTS))) as lab:
        pebble = acme_clients.Pebble(lab, "pebble", 15440)
        early = acme_clients.Pebble(lab, "early", 15450, 100)
        clients = [make(lab, host.name, host.files) for make, host in zip(CLIENTS, lab.hosts)]
        for client, host in zip(clients, lab.hosts):
            host.files = client.files
        lab.start_dns()
        lab.configure()
        for client in clients:
            client.first(pebble)
        lab.begin()
        pairs = list(zip(clients, lab.hosts))
        for client, host in pairs:
            key = host.served_key()
            client.transcript.append("  -- the key is kept")
            client.renew(pebble)
            if not host.is_served() or host.served_key() != key:
                raise lab.failure(f"{client.name}: kept key, and not served at once\n{client.text()}")
        lab.step(HOUR)
        for client, host in pairs:
            client.transcript.append("  -- a new key")
            client.renew(pebble, True)
            if host.is_served():
                raise lab.failure(f"{client.name}: a new key is served at once\n{client.text()}")
        clients[1].look_again(pebble)
        waited = lab.until(lambda: all(host.is_served() for host in lab.hosts), "new keys are served")
        for client in clients:
            client.transcript.append(f"  -- served by the pass at {lab.clock.text()}, {waited} steps later")
        lab.finger()
        served = [host.served_chain() for host in lab.hosts]
        for client, host in pairs:
            client.transcript.append("  -- a certificate that ends before the one that is served")
            client.expire_early(early)
            if host.is_served():
                raise lab.failure(f"{client.name}: a refused certificate is served\n{client.text()}")
        lab.step(HOUR, allowed=("ROLL-TLSA-OLDER",))
        clients[1].transcript.append("  -- a new key, and DANEWERK_VETO")
        live = os.path.realpath(clients[1].files[0])
        code = clients[1].veto(pebble, lab.hosts[1].served)
        if code != 1 or os.path.realpath(clients[1].files[0]) != live:
            raise lab.failure(f"no veto: exit {code}\n{clients[1].text()}")
        if served != [host.served_chain() for host in lab.hosts]:
            raise lab.failure("what is served has changed")
        titles = [client.name + (f" ({PLAYED})" if isinstance(client, acme_contracts.Played) else "")
                  for client in clients]
        return "\n".join(f"{title}\n{client.text()}" for title, client in zip(titles, clients)) + f"\n{lab.end()}"


def blind(binary):
    """Postfix reads what certbot leaves. The new key reaches it before its record reaches anybody."""
    with mail_lab.MailLab(binary, seed(), []) as lab:
        host, pebble = lab.hosts[0], acme_clients.Pebble(lab, "pebble", 15440)
        client = acme_clients.Lego(lab, host.name)
        host.files = client.files
        lab.start_dns()
        lab.configure()
        client.first(pebble)
        lab.begin()
        lab.step(HOUR)
        lab.flow.pause()
        main = lab.path("receiver/etc/master.cf")
        with open(main, encoding="ascii") as file:
            text = file.read().replace(f"{host.served}/combined.pem", f"{client.files[1]},{client.files[0]}")
        lab.write("receiver/etc/master.cf", text)
        lab.receiver.control("reload")
        lab.flow.resume()
        time.sleep(1)
        lab.judge_flow()
        client.renew(pebble, True)
        lab.receiver.control("reload")
        time.sleep(2)
        lab.flow.pause()
        sent, deferred, bounced = lab.flow.counts()
        try:
            lab.flow.check()
        except peers.Failed:
            return f"{sent} messages sent, {deferred} deferred, {bounced} bounced: seen"
        raise lab.failure("no message was deferred")


def next_key(binary):
    with mail_lab.MailLab(binary, seed(), *mail_rolls.OPTIONS) as lab:
        rolls = mail_rolls.Rolls(lab)
        for _ in range(3 if peers.FULL else 1):
            rolls.replace_all(False)
        rolls.replace_all(True)
        rolls.steal()
        lab.verify()
        return f"seed {lab.seed}: {', '.join(rolls.told)}; {lab.end()}"


def course(binary):
    learns = "learn-issuers: true"
    with mail_lab.MailLab(binary, seed(), [BOTH, learns], [BOTH, learns, "key-policy: any"], [], [BOTH]) as lab:
        weeks = mail_course.Course(lab)
        weeks.go_on(600 if peers.FULL else 40)
        return f"seed {lab.seed}: {weeks.end()}"


def spoiled(binary):
    with mail_lab.MailLab(binary, seed(), [BOTH]) as lab:
        told = mail_spoiled.Spoiled(lab).go_through()
        return f"seed {lab.seed}: {lab.end()}\n{told}"


def real(binary):
    """No message is kept back here while time passes: it does by itself."""
    with mail_lab.MailLab(binary, seed(), []) as lab:
        host = lab.hosts[0]
        host.ttl, lab.lag, lab.delay = "5s", 0, "1s"
        by_hand = ByHand(lab, host, ["first"])
        lab.start_dns()
        lab.configure()
        by_hand.first("first")
        lab.begin(0.1)
        if by_hand.renew("first") != 0 or by_hand.renew("first", True) != 10:
            raise lab.failure("a kept key is to be served at once, and a new one to wait")
        begun = lab.clock.now()
        lab.let_secondary_transfer()
        if not peers.FULL:
            lab.step(601)  # the servers are asked once more
            lab.step(285)
        while not host.is_served():
            if lab.clock.now() > begun + 1000:
                raise lab.failure("the new key is not served")
            lab.run()
            lab.judge()
            lab.finger()
            time.sleep(0.3)
        took = lab.clock.now() - begun
        if took < 2 * 5 + 300:
            raise lab.failure(f"the new key is served after {took} s")
        for _ in range(30 if peers.FULL else 8):
            lab.run()
            lab.judge()
            lab.finger()
            time.sleep(0.5)
        return f"a new key after {took} s; {lab.end()}"


def daemon(binary):
    return any_key(binary, acme_clients.Lego, True)


def split(binary):
    return any_key(binary, acme_clients.Certbot, owner="nobody")


CASES = {"stable": stable, "any": any_key, "daemon": daemon, "split": split, "next": next_key, "hooks": hooks,
         "course": course, "spoiled": spoiled, "real": real, "blind": blind}


def test(binary, case):
    inside.enter()
    inside.lift_loopback()
    return CASES[case](binary)


peers.main(test)
