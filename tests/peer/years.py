#!/usr/bin/env python3
"""Every kind of roll under a moved clock, from `danewerk run` to a validating resolver: a parent zone, its
children, a primary server (Knot) and a secondary that lags (NSD), a registrar who takes his time, and
resolvers (unbound) that keep their caches over all of it. No answer may be bogus at any step, and every
answer of a zone whose DS is there is secure: data, NODATA, NXDOMAIN, wildcard expansions.

    years.py BINARY rolls      all rolls once; DW_TEST_TIER=full: many, over five months
    years.py BINARY lies       an operator who says what is not true breaks a zone, and that is seen here
    DW_SEED=N                  another course of events
"""
import json
import os
import random
import subprocess

import moved
import peers

HOUR = 3600
PARENT = "example"
DS_TTL, LONGEST_TTL = 6 * HOUR, 4 * HOUR
# So long after the DS came, or went, everything that was in a cache before is gone.
SETTLED = DS_TTL + LONGEST_TTL + HOUR
REGISTRAR = 8    # hours that the registrar needs at most
WAITS = "propagation-delay: 1h, parent-propagation-delay: 1h, parent-ds-ttl: 6h, dnskey-ttl: 1h"
HOSTS = {"short": 300, "hour": HOUR, "long": LONGEST_TTL}


class Child:
    """A zone, the rounds of its story, and what the registrar knows of it."""

    def __init__(self, policies, requests=(), registrar="cds"):
        self.policies = policies    # one a round, again from the first one
        self.requests = requests    # `danewerk key ...` at the beginning of each round
        self.registrar = registrar  # goes by CDS, or by what `danewerk key ds` prints; ours: no registrar
        self.ds = frozenset()       # at the parent
        self.order = None           # what the registrar was told, and when he does it
        self.changed = None         # when the DS RRset came or went on all servers of the parent
        self.keys = set()           # at the end of the round before
        self.past = set()           # at the end of those before that

    def policy(self, number):
        return self.policies[number % len(self.policies)]


def children():
    ed = "algorithm: ed25519"
    return {
        "alone": Child([ed + ", zsk: {lifetime: 3d}"]),
        "zsk": Child([ed], [("roll", "zsk")]),
        "ksk": Child([ed], [("roll", "ksk")]),
        "hand": Child([ed + ", cds: never"], [("roll", "ksk")], "hand"),
        "ours": Child([ed, ed + ", ksk: {roll: double-ds}"], [("roll", "ksk")], "ours"),
        "double": Child([ed + ", ksk: {roll: double-ds}"], [("roll", "ksk")]),
        "algorithm": Child(["algorithm: rsasha256", "algorithm: ecdsap256sha256", ed]),
        "csk": Child([ed + ", csk: {lifetime: never}", ed]),
        "denial": Child([ed + ", denial: {type: nsec3}", ed + ", denial: {type: nsec}"]),
        "leaving": Child([ed, "algorithm: none"]),
    }


class Site(moved.Lab):
    """The lab with danewerk in it, who signs the parent, too."""

    def __init__(self, binary, kids):
        super().__init__([PARENT] + [f"{name}.{PARENT}" for name in kids])
        self.binary, self.kids = os.path.abspath(binary), kids
        self.dice = random.Random(int(os.environ.get("DW_SEED", "1")))
        self.round, self.parent_serial, self.transfers = 0, 1, {}
        self.lag = 5  # hours that a secondary needs at most
        self.asked = self.steps = self.published = 0
        self.history, self.reload, self.anchor = [], [], ""

    def open(self):
        """The first versions of all zones are published when this returns."""
        os.mkdir(self.path("keys"), 0o700)
        os.mkdir(self.path("signed"))
        self.reload = self.start_primary(self.path("signed"))
        self.write_parent()
        for name in self.kids:
            self.write(f"zones/{name}.{PARENT}.zone", "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\n"
                       "ns A 127.0.0.61\n*.w TXT any\n" +
                       "".join(f"{host} {ttl} A 192.0.2.1\n" for host, ttl in HOSTS.items()))
        self.configure()
        # First keys of children are made when the parent's servers say that they have no DS.
        self.run(PARENT)
        self.start_secondary("above", self.zones[:1])
        self.transfer(self.zones[:1])
        self.clock.move(HOUR)
        self.run(PARENT)
        self.clock.move(HOUR)
        self.run()
        self.start_secondary("below", self.zones[1:])
        self.transfer(self.zones[1:])
        self.anchor = self.write("anchor", "".join(self.ds_texts(PARENT)))

    # Danewerk.

    def configure(self, parents=None):
        above, below = ([self.primary, self.secondaries[zone]] for zone in self.zones[:2])
        listed = {zone: ", ".join("{address: %s, port: %d}" % server for server in servers)
                  for zone, servers in ((PARENT, above), ("all", below))}
        parents = parents or "[" + ", ".join('"%s@%d"' % server for server in above) + "]"
        text = (f"state: state\nkeys: keys\ntemplates:\n  all: {{file: zones/%s.zone, output: signed/%s.zone, "
                f"after-publish: {json.dumps(self.reload)}, secondaries: [{listed['all']}]}}\n"
                f"policies:\n  parent: {{algorithm: ed25519, zsk: {{lifetime: 12d}}, {WAITS}}}\n")
        for name, kid in self.kids.items():
            text += f"  {name}: {{{kid.policy(self.round)}, {WAITS}}}\n"
        text += (f"zones:\n  {PARENT}: {{template: all, policy: parent, parents: none, "
                 f"secondaries: [{listed[PARENT]}]}}\n")
        for name, kid in self.kids.items():
            asked = f"{{zone: {PARENT}}}" if kid.registrar == "ours" else parents
            text += f"  {name}.{PARENT}: {{template: all, policy: {name}, parents: {asked}}}\n"
        self.write("danewerk.yaml", text)

    def danewerk(self, *words):
        done = subprocess.run([self.binary, "--config", self.path("danewerk.yaml"), *words], check=False, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                              env=dict(os.environ, LC_ALL="C", TZ="UTC", PATH=os.environ["PATH"] + ":/usr/sbin",
                                       **self.clock.environment()))
        if done.returncode != 0:
            raise self.failure(f"danewerk {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def run(self, *zones):
        said = self.danewerk("run", *zones)
        self.published += said.count(": serial ")
        if said:
            self.history.append(f"{self.clock.text()}\n{said}")

    def status(self):
        return {zone["zone"].rstrip("."): zone for zone in json.loads(self.danewerk("--json", "status"))}

    def ds_texts(self, zone, wanted=None):
        """DS records (SHA-256) of the keys of which danewerk says that the parent is to do that; of all."""
        keys = json.loads(self.danewerk("--json", "key", "ds", zone))["keys"]
        return [key["ds"][0]["text"] + "\n" for key in keys if not wanted or key["parent"] in wanted]

    def failure(self, text):
        return peers.Failed(f"seed {os.environ.get('DW_SEED', '1')}, {self.clock.text()}, round {self.round}: {text}\n" +
                            "\n".join(self.history[-12:]))

    # The parent, and who changes it.

    def write_parent(self):
        text = (f"$ORIGIN {PARENT}.\n$TTL 3600\n@ SOA ns admin {self.parent_serial} 3600 900 604800 1800\n@ NS ns\n"
                "ns A 127.0.0.61\n")
        for name, kid in self.kids.items():
            text += f"{name} NS ns.{name}\nns.{name} A 127.0.0.61\n"
            if kid.registrar != "ours":
                text += "".join(f"{name} {DS_TTL} DS {ds}\n" for ds in sorted(kid.ds))
        self.write(f"zones/{PARENT}.zone", text)

    def act_as_registrar(self):
        """Hears what children want of their DS, and does it after a while."""
        is_new = False
        for name, kid in self.kids.items():
            zone = f"{name}.{PARENT}"
            if kid.registrar == "ours":
                self.look_at_ours(zone, kid)
                continue
            wanted = self.wanted_ds(zone, kid)
            if wanted is None or wanted == kid.ds:
                kid.order = None
                continue
            if kid.order is None or kid.order[0] != wanted:
                kid.order = (wanted, self.clock.now() + self.dice.randint(0, REGISTRAR) * HOUR)
            if kid.order[1] > self.clock.now():
                continue
            self.change_ds(zone, kid, wanted)
            kid.order, is_new = None, True
        if is_new:
            self.parent_serial += 1
            self.write_parent()

    def change_ds(self, zone, kid, ds):
        self.history.append(f"{self.clock.text()}\n{zone} DS {sorted(kid.ds)} -> {sorted(ds)}")
        if not kid.ds or not ds:
            kid.changed = None
        kid.ds = ds

    def look_at_ours(self, zone, kid):
        """Danewerk itself writes the DS into the parent."""
        shown = frozenset(self.dig(zone, "DS"))
        if shown != kid.ds:
            self.change_ds(zone, kid, shown)

    def dig(self, zone, kind):
        """RDATA that the primary shows."""
        shown = peers.call("dig", f"@{self.primary[0]}", "-p", str(self.port), "+short", "+norec", zone, kind)
        words = [line.split() for line in shown.splitlines() if not line.startswith(";")]
        return [" ".join(line[:3]) + " " + "".join(line[3:]).lower() for line in words]

    def wanted_ds(self, zone, kid):
        """None: nothing is asked for."""
        cds, = moved.ask(self.primary, [(zone, "CDS")])
        if cds.count:
            if kid.changed and self.clock.now() > kid.changed + SETTLED and kid.ds:
                self.expect_secure(zone, "CDS")
            lines = frozenset(self.dig(zone, "CDS"))
            return frozenset() if lines == {"0 0 0 00"} else lines
        if kid.registrar == "cds" and kid.ds:
            return None
        texts = self.ds_texts(zone, {"upload", "keep"})
        return frozenset(text.split(" DS ")[1].strip() for text in texts) or None

    def expect_secure(self, zone, kind):
        """A parent takes CDS that validate, and no others (RFC 7344 section 4.1)."""
        answer, = moved.ask(self.resolvers["fresh"], [(zone, kind)])
        if answer.rcode != 0 or not answer.is_secure:
            raise self.failure(f"{kind} of {zone} is not secure: rcode {answer.rcode}")

    # Time.

    def go_on(self, hours, *steps):
        """Lets so much time pass, in steps of so many hours."""
        end = self.clock.now() + hours * HOUR
        while self.clock.now() < end:
            self.step(self.dice.choice(steps) * HOUR)

    def step(self, seconds):
        self.clock.move(seconds)
        self.steps += 1
        self.act_as_registrar()
        self.run()
        self.judge()
        self.let_secondary_transfer()
        self.judge()

    def let_secondary_transfer(self):
        due = []
        for zone in self.lagging(self.zones):
            at = self.transfers.setdefault(zone, self.clock.now() + self.dice.randint(0, self.lag) * HOUR)
            if at <= self.clock.now():
                due.append(zone)
                del self.transfers[zone]
        self.transfer(due)
        if PARENT in self.transfers:
            return
        for kid in self.kids.values():
            if kid.changed is None:
                kid.changed = self.clock.now()

    def questions(self, name):
        """(name, type, rcode): what a cache holds for long, and what it cannot hold yet."""
        zone = f"{name}.{PARENT}"
        fresh = f"{self.dice.getrandbits(40):x}"
        return ([(f"{host}.{zone}", "A", 0) for host in HOSTS] +
                [(zone, "SOA", 0), (f"hour.{zone}", "TXT", 0), (f"nobody.{zone}", "A", moved.NXDOMAIN),
                 (f"{fresh}.{zone}", "A", moved.NXDOMAIN), (f"a.w.{zone}", "TXT", 0), (f"{fresh}.w.{zone}", "TXT", 0)])

    def judge(self):
        """What each resolver says: one is asked everything at each step, the others now and then, so that
        they hold versions of all ages."""
        for resolver, server in self.resolvers.items():
            share = {"rare": 0.06, "lazy": 0.3}.get(resolver, 1)
            asked = [(name, question) for name in self.kids for question in self.questions(name)
                     if self.dice.random() < share]
            answers = moved.ask(server, [question[:2] for _, question in asked])
            self.asked += len(answers)
            for (name, question), answer in zip(asked, answers):
                self.judge_answer(resolver, name, question, answer)

    def judge_answer(self, resolver, name, question, answer):
        kid = self.kids[name]
        is_settled = kid.changed is not None and self.clock.now() > kid.changed + SETTLED
        wrong = []
        if answer.rcode != question[2]:
            wrong.append("SERVFAIL" if answer.rcode == moved.SERVFAIL else f"rcode {answer.rcode}")
        elif kid.ds and is_settled and not answer.is_secure:
            wrong.append("not secure, though there is a DS")
        elif not kid.ds and is_settled and answer.is_secure:
            wrong.append("secure, though there is no DS")
        if wrong:
            said = [line for line in self.log(resolver).splitlines() if name in line][-6:]
            raise self.failure(f"{resolver}: {question[0]} {question[1]}: {wrong[0]}\n" + "\n".join(said))

    # Rounds.

    def begin_round(self, number):
        self.round = number
        self.configure()
        for name, kid in self.kids.items():
            for request in kid.requests:
                self.history.append(self.danewerk("key", request[0], f"{name}.{PARENT}", *request[1:]))

    def end_round(self):
        """Every roll has come to its end: other keys, all of them in service, as many as the policy wants. A
        zone whose keys have a lifetime may be in the middle of the next one."""
        status = self.status()
        for name, kid in self.kids.items():
            zone, policy = status[f"{name}.{PARENT}"], kid.policy(self.round)
            states = {key["id"]: {record["state"] for record in key["records"].values()} for key in zone["keys"]}
            keys = [key for key in zone["keys"] if states[key["id"]] != {"hidden"}]
            roles = sorted(key["role"] for key in keys)
            wanted = [] if "none" in policy else ["csk"] if "csk:" in policy else ["ksk", "zsk"]
            is_serving = all(states[key["id"]] == {"omnipresent"} for key in keys)
            is_between = "lifetime: 3d" in policy and set(roles) == set(wanted)
            if not is_between and not (is_serving and roles == wanted):
                raise self.failure(f"{name}: the round has not ended: {json.dumps(keys, indent=1)}\n"
                                   f"{json.dumps(zone['waits'], indent=1)}")
            ids = {key["id"] for key in keys}
            if self.round and name != "denial" and ids == kid.keys:
                raise self.failure(f"{name}: no key was replaced")
            # Those of a zone that is to be signed again are not used up.
            if ids & (kid.past - kid.keys) and name != "leaving":
                raise self.failure(f"{name}: a key came back that was replaced")
            kid.past |= kid.keys
            kid.keys = ids


def rolls(binary):
    with Site(binary, children()) as site:
        site.open()
        site.start_resolver("steady", site.anchor)
        site.start_resolver("lazy", site.anchor)
        site.start_resolver("rare", site.anchor)
        site.start_resolver("fresh", site.anchor, "cache-max-ttl: 0")
        rounds = 7 if peers.FULL else 2
        for number in range(rounds):
            if number:
                site.begin_round(number)
            if not peers.FULL:
                site.go_on(80 if number else 40, 1, 2, 2)
            else:
                # In some rounds, secondaries are out of reach for more than a day.
                site.lag = 30 if number % 3 == 2 else 5
                site.go_on(100, 1)
                site.go_on(400, 1, 3, 6)
            site.end_round()
        return (f"{site.steps} steps to {site.clock.text()}, {rounds} rounds of {len(site.kids)} zones: "
                f"{site.published} versions, {site.asked} answers, none bogus")


def lies(binary):
    """The registrar did nothing, and the operator says that he did."""
    with Site(binary, {"ksk": Child(["algorithm: ed25519"], [("roll", "ksk")])}) as site:
        site.open()
        site.start_resolver("steady", site.anchor)
        site.go_on(30, 1)
        site.act_as_registrar = lambda: None
        site.configure(parents="none")
        site.danewerk("key", "roll", "ksk." + PARENT, "ksk")
        told = set()
        try:
            for _ in range(60):
                site.step(HOUR)
                for key in site.status()["ksk." + PARENT]["keys"]:
                    said = {"rumoured": "ds-seen", "unretentive": "ds-gone"}.get(
                        key["records"].get("DS", {}).get("state"))
                    if said and (said, key["id"]) not in told:
                        told.add((said, key["id"]))
                        site.danewerk("key", said, "ksk." + PARENT, key["id"])
        except peers.Failed as failure:
            if "SERVFAIL" in str(failure):
                return f"{len(told)} lies told, and seen by a resolver after {site.steps} steps"
            raise
        raise site.failure(f"{len(told)} lies told, and no resolver saw bogus")


def test(binary, case):
    return {"rolls": rolls, "lies": lies}[case](binary)


peers.main(test)
