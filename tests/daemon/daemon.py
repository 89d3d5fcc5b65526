#!/usr/bin/env python3
"""danewerkd as its operators meet it: zones that are published when they change, commands that say the
same with and without it, and everything that must not stop it.

    daemon.py DANEWERK DANEWERKD CASE
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

from certificates import certificates  # noqa: F401 (a case)
from site_folder import PATIENCE, Site, Wrong, check, wait_for

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def publishes(site):
    """A new zone, a change by rename, a bad change, and the cure."""
    site.start()
    wait_for(site.published, "the first version")
    first = site.published()
    site.settled()
    site.edit("one.example", serial=2, host=20)
    wait_for(lambda: "192.0.2.20" in site.output(), "the changed zone")
    check(site.published() > first, "the serial grew")
    second = site.published()
    with open(site.path("zones/one.example.zone"), "a", encoding="utf-8") as zone:
        zone.write("www IN A 192.0.2.300\n")
    site.logged(r"event=finding zone=one\.example\..*ZONE-BAD-RDATA")
    check(site.published() == second, "a bad file changes nothing")
    check(any("ZONE-BAD-RDATA" in f["text"] for f in site.status()["findings"]), "status tells the finding")
    site.edit("one.example", serial=3, host=30)
    wait_for(lambda: "192.0.2.30" in site.output(), "the cured zone")
    wait_for(lambda: not site.status()["findings"], "the finding is gone")
    check(site.good("verify", site.path("signed/one.example.zone")), "what is published is good")
    # A writer who takes his time: nothing is read before the file is closed.
    before = site.published()
    seen = site.log().count("event=pass ")
    with open(site.path("zones/one.example.zone"), "w", encoding="utf-8") as zone:
        zone.write("$TTL 3600\n@ IN SOA ns1 hostmaster 4 7200 900 1209600 300\n  IN NS ns1\nns1 IN A 192.0.2.1\n")
        zone.flush()
        site.logged("event=file zone=one.example.", times=4)
        site.good("zone", "list")
        check(site.published() == before and site.log().count("event=pass ") == seen, "half a file is not read")
        zone.write("www IN A 192.0.2.40\n")
    wait_for(lambda: "192.0.2.40" in site.output(), "the whole file")


def anonymous(text, site):
    """Without what differs from run to run: moments, serials, the folder, and what the last pass was:
    with a daemon, one follows each request."""
    text = TIME.sub("TIME", text).replace(site.folder, "FOLDER")
    text = re.sub(r"\b1[78]\d{8}\b", "SERIAL", text)
    text = re.sub(r"last pass .*", "last pass", text)
    return re.sub(r"smallest_(validity|certificate)=\d+s", r"smallest_\1", text)


def same_words(site):
    """The same commands, with and without daemon, on copies of the same state."""
    site.good("run")
    tag = json.loads(site.good("--json", "key", "list", "one.example"))["zones"][0]["keys"][0]["tag"]
    site.keep_copy()
    commands = [
        ["run"], ["--json", "run"], ["-v", "run", "one.example"], ["run", "two.example"],
        ["key", "roll", "one.example", "zsk"], ["--json", "key", "roll", "one.example", "zsk"],
        ["key", "roll", "one.example", "tsk"], ["key", "step", "one.example"],
        ["key", "retire", "one.example", str(tag)], ["key", "compromised", "one.example", str(tag)],
        ["key", "ds-seen", "one.example", str(tag)], ["key", "ds", "one.example"],
        ["key", "list"], ["--json", "key", "list", "one.example"],
        ["zone", "freeze", "one.example"], ["--json", "zone", "freeze", "one.example"],
        ["zone", "list"], ["zone", "thaw", "one.example"], ["zone", "serial", "one.example", "--at-least", "1"],
        ["zone", "remove", "one.example"], ["zone", "freeze", "nowhere.example"],
        ["status", "--check"], ["status"],
        ["edit"], ["run"], ["-v", "run"],
    ]

    def transcript():
        lines = []
        for words in commands:
            if words == ["edit"]:
                # Before the file is stable, the daemon has not read it, and `run` does.
                site.edit("one.example", serial=7, host=77)
                continue
            code, out, err = site.run(*words)
            lines.append((words, code, anonymous(out, site), anonymous(err, site)))
        return lines

    alone = transcript()
    site.bring_back()
    site.start()
    site.settled()
    with_daemon = transcript()
    for one, other in zip(alone, with_daemon):
        check(one == other, f"alone: {one}\nwith daemon: {other}")
    check("192.0.2.77" in site.output(), "the last run published")
    check(any("the zone file changed" in line[2] for line in with_daemon), "and said so")
    who = json.loads(site.good("--json", "zone", "history", "one.example"))["events"]
    check(any(e["who"] == os.environ.get("USER", "root") or e["who"] not in ("engine", "danewerkd") for e in who),
          "the audit log has the user's name")


def commands(site):
    """What is asked for is done at once, and the pass that it needs follows by itself."""
    site.start()
    wait_for(site.published, "the first version")
    site.settled()
    before = site.published()
    site.good("zone", "serial", "one.example", "--at-least", str(before + 1000))
    site.edit("one.example", serial=2, host=12)
    wait_for(lambda: site.published() >= before + 1000, "the serial that was asked for")
    site.good("key", "generate", "one.example", "zsk")
    site.logged(r"event=request request=zone-serial zone=one\.example who=\S+ result=done")
    site.good("zone", "freeze", "one.example")
    passes = site.log().count("event=pass ")
    site.edit("one.example", serial=9, host=99)
    site.logged("event=pass ", times=passes + 1)
    check("192.0.2.99" not in site.output(), "a frozen zone is not read")
    site.good("zone", "thaw", "one.example")
    wait_for(lambda: "192.0.2.99" in site.output(), "the thawed zone is read")


def reload(site):
    """A checked configuration as a whole or not at all."""
    site.start()
    wait_for(site.published, "the first version")
    site.settled()
    # A broken one: the old one goes on.
    good_text = open(site.path("danewerk.yaml"), encoding="utf-8").read()
    site.write("danewerk.yaml", good_text + "nonsense: [\n")
    site.daemon.send_signal(signal.SIGHUP)
    site.logged("event=reload-refused")
    code, _, err = site.run("reload")
    check(code == 2 and "CONFIG" in err, f"a broken configuration: {code} {err}")
    site.edit("one.example", serial=2, host=22)
    wait_for(lambda: "192.0.2.22" in site.output(), "the old configuration works on")
    # Another one that nobody told the daemon of.
    site.write("danewerk.yaml", good_text + "# another\n")
    code, _, err = site.run("zone", "freeze", "one.example")
    check(code == 1 and "danewerk reload" in err, f"another configuration: {code} {err}")
    code, _, err = site.run("run")
    check(code == 1 and "danewerk reload" in err, f"another configuration: {code} {err}")
    check("works with" in site.good("reload"), "reload says what it did")
    site.good("zone", "freeze", "one.example")
    site.good("zone", "thaw", "one.example")
    # A new zone comes, by signal; it is watched from then on.
    site.zones.append("two.example")
    site.edit("two.example", serial=1, host=10)
    site.configure()
    site.daemon.send_signal(signal.SIGHUP)
    wait_for(lambda: site.published("two.example"), "the new zone")
    site.edit("two.example", serial=2, host=33)
    wait_for(lambda: "192.0.2.33" in site.output("two.example"), "the new zone is watched")
    # And goes.
    site.zones.remove("two.example")
    site.configure()
    check("two.example. is gone" in site.good("reload"), "reload tells what is gone")
    # What only a restart can.
    site.configure(top="state: elsewhere")
    os.mkdir(site.path("elsewhere"), 0o700)
    site.daemon.send_signal(signal.SIGHUP)
    site.logged("event=reload-refused.*restart", times=1)
    check(site.stop() == 0, "it ends well")


def one_only(site):
    """A second daemon is refused, and told who is there."""
    site.start()
    first = site.daemon
    site.start(wanted=None)
    code = site.daemon.wait(PATIENCE)
    check(code == 1 and f"danewerkd (process {first.pid})" in site.log(), f"{code}: {site.log()}")
    site.daemon = first
    check(site.run("zone", "list")[0] == 0, "the first one is unharmed")
    site.stop()
    code, _, err = site.run("reload")
    check(code == 1 and "no danewerkd works on" in err, f"without daemon: {code} {err}")


def silent(site):
    """A daemon that does not answer: commands fail in time, and nothing is done later either."""
    site.start()
    wait_for(site.published, "the first version")
    site.settled()
    site.daemon.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    code, _, err = site.run("zone", "freeze", "one.example")
    took = time.monotonic() - began
    check(code == 1 and "does not answer" in err and f"process {site.daemon.pid}" in err, f"{code}: {err}")
    check(took < 20, f"within its wait of 10 s, not {took}")
    began = time.monotonic()
    code, _, err = site.run("run", "--wait", "4s")
    check(code == 1 and "does not answer" in err, f"{code}: {err}")
    check(time.monotonic() - began < 12, "within its wait")
    check("FROZEN" not in site.good("zone", "list").upper(), "status and lists are read without it")
    site.good("status")
    site.daemon.send_signal(signal.SIGCONT)
    passes = site.log().count("event=sleep")
    site.edit("one.example", serial=5, host=55)
    wait_for(lambda: "192.0.2.55" in site.output(), "it works again")
    check(site.log().count("event=sleep") > passes, "the loop goes round")
    check("request=zone-freeze" not in site.log(), "what was given up is not done")
    check("frozen" not in site.good("zone", "list"), "the zone is not frozen")


def hostile(site):
    """Garbage, flood, half requests and clients that do not read: others are served all the same."""
    site.start()
    wait_for(site.published, "the first version")
    site.settled()

    def answer(octets):
        with site.connect() as client:
            client.sendall(octets)
            got = b""
            while True:
                more = client.recv(65536)
                if not more:
                    return got
                got += more

    for octets in (b"\n", b"GET / HTTP/1.1\n", b"\xff\x00\xfe\n", b"[" * 60000 + b"\n", b'{"danewerk": 1}\n',
                   b'{"danewerk": 1, "request": {"request": "run"}}\n'):
        check(b'"error"' in answer(octets), f"an answer to {octets[:20]}")
    check(b"different versions" in answer(b'{"danewerk": 2, "request": {}}\n'), "another version")
    try:
        check(b"longer than" in answer(b"x" * 200000), "too long")
    except (BrokenPipeError, ConnectionResetError):
        pass
    # Clients that send nothing, or half a line, and stay.
    idle = []
    for i in range(80):
        try:
            client = site.connect()
            if i % 2:
                client.sendall(b'{"danewerk"')
            idle.append(client)
        except OSError:
            break
    check(site.daemon.poll() is None, "the daemon lives")
    # They are sent away by and by, and then there is room.
    wait_for(lambda: site.run("zone", "freeze", "one.example")[0] == 0, "room for others")
    site.good("zone", "thaw", "one.example")
    for client in idle:
        client.close()
    # One that asks, and does not read.
    deaf = site.connect()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    deaf.sendall(b'{"danewerk": 1, "request": {"request": "zone-list"}}\n' * 100)
    site.good("zone", "freeze", "one.example")
    deaf.close()
    descriptors = f"/proc/{site.daemon.pid}/fd"
    wait_for(lambda: len(os.listdir(descriptors)) < 30, "connections are let go")
    check(site.stop() == 0, "it ends well")


def stops(site):
    """SIGTERM in the middle of a pass: it is brought to its end."""
    os.mkfifo(site.path("fifo"))
    with open(site.path("slow"), "w", encoding="utf-8") as script:
        script.write(f"#!/bin/sh\ncd {site.folder}\ntouch begun\nread -r _ <fifo\ntouch ended\n")
    os.chmod(site.path("slow"), 0o755)
    site.configure(more=f"    after-publish: [{site.path('slow')}]\n")
    site.start()
    wait_for(lambda: os.path.exists(site.path("begun")), "the pass is under way")
    # Meanwhile: who can wait is told who works, others read.
    code, out, err = site.run("run", "--wait", "1s")
    check(code == 0 and f"danewerkd (process {site.daemon.pid})" in out, f"{code}: {out} {err}")
    site.good("zone", "list")
    site.daemon.send_signal(signal.SIGTERM)
    site.logged("event=stopping")
    check(site.daemon.poll() is None, "it waits for the pass")
    with open(site.path("fifo"), "w", encoding="ascii") as fifo:
        fifo.write("\n")
    check(site.daemon.wait(PATIENCE) == 0, "and ends well")
    check(os.path.exists(site.path("ended")), "the pass came to its end")
    check(not os.path.exists(site.path("state/control")), "the socket is gone")
    site.daemon = None
    check(site.status()["published"], "what the pass did is remembered")
    # SIGINT is the same.
    site.start()
    site.settled()
    check(site.stop(signal.SIGINT) == 0, "SIGINT")


def restart(site):
    """What is published is not published again: same files, same serial, same events."""
    site.start()
    wait_for(site.published, "the first version")
    site.settled()
    site.stop()

    def picture():
        info = os.stat(site.path("signed/one.example.zone"))
        return info.st_ino, info.st_mtime_ns, site.published(), site.good("zone", "history", "one.example")

    before = picture()
    for how in (signal.SIGTERM, signal.SIGKILL):
        site.start()
        site.settled()
        check(picture() == before, "a start changes nothing")
        check("published=0" in site.log(), "and says so")
        site.stop(how)
    # A change in the meantime is found.
    site.edit("one.example", serial=2, host=66)
    site.start()
    wait_for(lambda: "192.0.2.66" in site.output(), "the change is found at the start")


def notify(site):
    """systemd is told of readiness, reload, stop, and that the loop is alive."""
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(site.path("notify"))
    told.settimeout(PATIENCE)
    site.start(NOTIFY_SOCKET=site.path("notify"), WATCHDOG_USEC="1000000")
    heard = []

    def hear(word):
        while not any(word in one for one in heard):
            heard.append(told.recv(4096).decode())

    hear("READY=1")
    hear("STATUS=1 zones, next pass at")
    hear("WATCHDOG=1")
    heard.clear()
    hear("WATCHDOG=1")
    site.good("reload")
    hear("RELOADING=1")
    hear("READY=1")
    check(site.stop() == 0, "it ends well")
    hear("STOPPING=1")


def shared(site):
    """control-group and status-file: what others than the owner see."""
    group = subprocess.run(["id", "-gn"], capture_output=True, check=True, encoding="utf-8").stdout.strip()
    site.configure(top=f"daemon: {{control-group: {group}}}")
    code, _, err = site.run("status")
    check(code == 2 and "CONFIG-KEY-MISSING" in err, f"nobody could reach that socket: {code} {err}")
    site.configure(top=f"daemon: {{control-group: {group}, control-socket: control, status-file: status.json}}")
    site.start()
    wait_for(site.published, "the first version")
    site.settled()
    check(os.stat(site.path("control")).st_mode & 0o777 == 0o660, "the group may write")
    site.good("zone", "freeze", "one.example")
    check(os.stat(site.path("status.json")).st_mode & 0o777 == 0o644, "everybody may read")

    def zone():
        with open(site.path("status.json"), encoding="utf-8") as file:
            return json.load(file)["zones"][0]

    check(zone()["serial"] == site.published() and zone()["zone"] == "one.example.", "the zone is there")
    site.good("zone", "thaw", "one.example")
    site.edit("one.example", serial=2, host=44)
    wait_for(lambda: "192.0.2.44" in site.output(), "the change")
    wait_for(lambda: zone()["serial"] == site.published(), "its serial in the file")
    check(zone()["health"] in ("OK", "WARNING"), "and its health")
    with site.connect("control") as client:
        client.sendall(b'{"danewerk": 1, "request": {"request": "zone-list"}, "config": "other"}\n')
        check(b"another version of the configuration" in client.recv(65536), "the digest is asked for")


def clock(site):
    """A wall clock that is moved: seen, told, and nothing is signed while it is behind."""
    library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
    site.write("clock", "+0d")
    site.start(LD_PRELOAD=library, FAKETIME_TIMESTAMP_FILE=site.path("clock"), FAKETIME_NO_CACHE="1",
               DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
    wait_for(site.published, "the first version")
    site.settled()
    site.write("clock", "-2d")
    site.edit("one.example", serial=2, host=88)
    site.logged(r"event=clock moved=-(2d|1d23h59m59s)")  # seconds begin somewhere
    site.logged(r"event=pass-failed.*the clock says")
    check("192.0.2.88" not in site.output(), "nothing is signed while the clock is behind")
    site.write("clock", "+0d")
    site.daemon.send_signal(signal.SIGHUP)
    site.logged(r"event=clock moved=(2d|1d23h59m59s)")
    wait_for(lambda: "192.0.2.88" in site.output(), "it goes on when the clock is right again")
    # Forward is normal: what is due is done.
    before = site.published()
    site.write("clock", "+40d")
    site.daemon.send_signal(signal.SIGHUP)
    site.logged(r"event=clock moved=\S*d now=")
    wait_for(lambda: site.published() > before, "signatures are renewed")


def main():
    danewerk, danewerkd, case = sys.argv[1:4]
    with Site(os.path.abspath(danewerk), os.path.abspath(danewerkd)) as site:
        globals()[case](site)
    print(f"{case}: good")


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"wrong: {wrong}")
