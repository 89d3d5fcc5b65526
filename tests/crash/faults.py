"""The ways in which a command is disturbed. Each gives cases: a name, and a function that brings the
site to the state after the fault, and tells whether it happened and what was wrong at once."""
import collections
import errno
import signal

import disk
from promises import MINUTE
from recording import CHANGES, Recording
from scenarios import RUN

# Calls at which a single error is injected, and which errors a disk gives there.
FULL = ("ENOSPC", "EIO")
INJECTED = {"write": FULL, "pwrite64": FULL, "mkdir": FULL, "rename": FULL, "ftruncate": FULL,
            "fsync": FULL, "fdatasync": FULL, "openat": FULL, "chmod": ("EIO",),
            "fchmod": ("EIO",), "unlink": ("EIO",), "read": ("EIO",), "pread64": ("EIO",)}


FALLS = 5  # so many moments of a first power cut are followed by second ones


class Case:
    def __init__(self, name, cause):
        self.name, self.cause = name, cause


def power(scenario, mixes, seed):
    """The power fails after each call that changes the disk or makes a change safe."""
    recorded = disk.Disk(scenario.base, scenario.recording)
    disk.check_replay(recorded, scenario.end)
    seen = set()
    for number in range(recorded.calls + 1):
        for way, choose in disk.ways(number, mixes, seed).items():
            tree = recorded.after(number, choose)
            name = disk.digest(tree)
            if name not in seen:
                seen.add(name)
                yield Case(f"power-{number}-{way}", Fallen(scenario, tree))


class Fallen:
    def __init__(self, scenario, tree):
        self.scenario, self.tree = scenario, tree

    def __call__(self):
        self.tree.write(self.scenario.site.folder)
        return True, []


def again(scenario, mixes, seed):
    """The power fails, and fails once more while the next pass mends what the first time left."""
    recorded = disk.Disk(scenario.base, scenario.recording)
    first = recorded.calls // (FALLS + 1)
    for number in range(first, recorded.calls, max(1, first)):
        fallen = recorded.after(number, disk.mixed(f"{seed}/{number}"))
        fallen.write(scenario.site.folder)
        mending = disk.Disk(fallen, Recording(scenario.site, RUN, scenario.now + MINUTE))
        for later in range(mending.calls + 1):
            for way, choose in disk.ways(later, mixes, seed).items():
                yield Case(f"again-{number}-{later}-{way}",
                           Rebuilt(scenario, mending, later, choose))


class Rebuilt:
    def __init__(self, scenario, replay, number, choose):
        self.scenario, self.replay, self.number, self.choose = scenario, replay, number, choose

    def __call__(self):
        self.replay.after(self.number, self.choose).write(self.scenario.site.folder)
        return True, []


class Places:
    """How often each thread has made each call before one that is about the site."""

    def __init__(self, recording):
        self.of_site = []
        counts = collections.Counter()
        main = recording.calls[0].thread
        for call in recording.calls:
            if call.thread != main:
                continue
            counts[call.name] += 1
            if recording.is_about_site(call):
                self.of_site.append((call, counts[call.name]))


def kill(scenario):
    """The process is killed at each call about the site."""
    for call, count in Places(scenario.recording).of_site:
        yield Case(f"kill-{call.name}-{count}",
                   Injected(scenario, call.name, f"signal=KILL:when={count}", is_killed))


def is_change(call):
    return call.name in CHANGES and (call.name != "openat" or "O_CREAT" in call.words[2])


def errors(scenario):
    """One call fails."""
    for call, count in Places(scenario.recording).of_site:
        for error in INJECTED.get(call.name, ()):
            if call.has_failed or (error == "ENOSPC" and not is_change(call)):
                continue
            yield Case(f"error-{call.name}-{count}-{error}",
                       Injected(scenario, call.name, f"error={error}:when={count}", has_reported))


class Injected:
    def __init__(self, scenario, call, what, judge):
        self.scenario, self.call, self.what, self.judge = scenario, call, what, judge

    def __call__(self):
        site = self.scenario.site
        self.scenario.base.write(site.folder)
        log = site.base / "injected"
        done = site.strace(["-o", str(log), "-e", f"trace={self.call}",
                            "-e", f"inject={self.call}:{self.what}"], self.scenario.words,
                           self.scenario.now)
        return self.judge(done, log)


def is_killed(done, _log):
    return done.code == -signal.SIGKILL or done.code == 128 + signal.SIGKILL, []


def has_reported(done, log):
    """An error ends in a sentence, or changes nothing; never in a signal, or in a bug's exit."""
    happened = "(INJECTED)" in log.read_text(errors="replace")
    return happened, complaints(done)


def complaints(done):
    if done.code not in (0, 1, 2):
        return [f"the disturbed command ends badly: {done}"]
    if done.code != 0 and not done.err:
        return ["the disturbed command fails and does not say why"]
    return []


def full(scenario):
    """The disk stays full, broken or read-only from some moment on; a write is cut short."""
    most = sum(is_change(call) for call, _ in Places(scenario.recording).of_site)
    for error in (errno.ENOSPC, errno.EIO):
        for number in range(most):
            yield Case(f"from-{number}-{errno.errorcode[error]}",
                       Failing(scenario, DW_ERROR=error, DW_FAIL_AFTER=number))
    yield Case("read-only", Failing(scenario, DW_ERROR=errno.EROFS, DW_FAIL_AFTER=0))
    written = sum(call.result for call, _ in Places(scenario.recording).of_site
                  if call.name in ("write", "pwrite64"))
    for octets in range(100, written, 509):
        yield Case(f"space-{octets}", Failing(scenario, DW_SPACE=octets))


class Failing:
    def __init__(self, scenario, **settings):
        self.scenario = scenario
        self.settings = {name: str(value) for name, value in settings.items()}

    def __call__(self):
        site = self.scenario.site
        self.scenario.base.write(site.folder)
        done = site.run(*self.scenario.words, now=self.scenario.now, DW_DISK=str(site.folder) + "/",
                        **self.settings)
        return done.code != 0 or bool(done.err), complaints(done)


KINDS = {"power": power, "again": again, "kill": kill, "errors": errors, "full": full}
