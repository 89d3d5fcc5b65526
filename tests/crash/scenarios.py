"""The moments of a zone's life at which it is disturbed.

Each function brings a site to the moment before, and returns the words of the command that is
disturbed, with its time.
"""
from site_folder import DAY, HOUR, START, ZONES, zone_text

RUN = ("run", "--jobs", "1")
MOST_EVENTS = 60


def first(_site):
    """First signing: keys, state, versions and output are made."""
    return RUN, START


def changed(site):
    """Both zone files changed."""
    site.run_well(*RUN, now=START)
    for zone in ZONES:
        site.write(f"{zone}.zone", zone_text(7, "192.0.2.77"))
    return RUN, START + HOUR


def side_by_side(site):
    """The same by two threads: their writes come in between one another."""
    words, now = changed(site)
    return (*words[:-1], "2"), now


def resign(site):
    """Signatures are due."""
    return until(site, "", lambda before, after, out: "signatures were due" in out)


def zsk_joins(site):
    """A ZSK's lifetime ends: its successor is made and published."""
    return until(site, ", zsk: {lifetime: 30d}",
                 lambda before, after, out: len(keys(after)) > len(keys(before)))


def zsk_takes_over(site):
    """The successor signs."""
    seen = []

    def is_there(before, after, out):
        seen.append(len(keys(after)) > len(keys(before)))
        return any(seen[:-1]) and "a key moved" in out
    return until(site, ", zsk: {lifetime: 30d}", is_there)


def key_roll(site):
    """The operator asks for a roll."""
    now = settled(site)
    return ("key", "roll", ZONES[0], "zsk"), now


def key_generate(site):
    """The operator has a key made ahead of need."""
    now = settled(site)
    return ("key", "generate", ZONES[0], "zsk"), now


def zone_remove(site):
    """A zone that left the configuration is forgotten."""
    now = settled(site)
    site.configure(zones=ZONES[:1])
    return ("zone", "remove", ZONES[1], "--confirm"), now


def fold(site):
    """So many versions that they are folded into a snapshot file; the one before goes."""
    now = START
    for number in range(1, 3 * 64):
        site.write(f"{ZONES[0]}.zone", zone_text(number, f"192.0.2.{number}"))
        before = site.tree()
        site.run_well(*RUN, now=now)
        fresh = set(site.tree().files("state/versions/")) - set(before.files("state/versions/"))
        if fresh and before.files("state/versions/"):
            before.write(site.folder)
            return RUN, now
        now += 60
    raise SystemExit("no version was ever folded")


def keys(tree):
    return tree.files("keys/", ".dnskey")


def settled(site):
    """A zone whose first keys are known everywhere."""
    site.run_well(*RUN, now=START)
    now = START
    for _ in range(4):
        now = max(site.next_event(now), now + HOUR)
        site.run_well(*RUN, now=now)
    return now + HOUR


def until(site, policy, is_there):
    """Passes at each event, up to the one of which IS_THERE(tree before, tree after, output)."""
    site.configure(policy)
    site.run_well(*RUN, now=START)
    now = START
    for _ in range(MOST_EVENTS):
        now = max(site.next_event(now), now + 60)
        before = site.tree()
        out = site.run_well(*RUN, now=now)
        if is_there(before, site.tree(), out):
            before.write(site.folder)
            return RUN, now
    raise SystemExit(f"what was waited for did not come until {(now - START) / DAY} days later")


ALL = {scenario.__name__.replace("_", "-"): scenario
       for scenario in (first, changed, side_by_side, resign, zsk_joins, zsk_takes_over, key_roll,
                        key_generate, zone_remove, fold)}
