"""Two Postfix: one receives with what danewerk serves, one sends to nobody whom TLSA records do not vouch
for (dane-only), a message every few hundred milliseconds. Every message is accounted for. Imported by
mail_lab.py.
"""
import os
import re
import smtplib
import threading
import time

import peers

SENDER = "127.0.0.26"
ZONE = "dane.example"
COMMON = """compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = /dev/stdout
mydestination =
local_recipient_maps =
mynetworks = 127.0.0.0/8
alias_maps =
smtpd_peername_lookup = no
"""
SERVICES = """rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
smtp unix - - n - - smtp -o max_use=1
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One of them. LAB starts programs, and waits for them."""

    def __init__(self, lab, name, listeners, settings):
        self.lab, self.name = lab, name
        self.home = lab.path(name)
        for part in ("spool", "data", "etc"):
            os.makedirs(os.path.join(self.home, part))
        peers.call("chown", "postfix", os.path.join(self.home, "data"))
        lab.write(f"{name}/etc/main.cf", COMMON.format(home=self.home) + settings)
        lab.write(f"{name}/etc/master.cf", SERVICES + listeners)
        self.control("check")
        lab.start(name, "/usr/lib/postfix/sbin/master", "-c", f"{self.home}/etc", "-d")
        for address in re.findall(r"^(\S+):25 ", listeners, re.MULTILINE):
            lab.await_port(address, 25)

    def control(self, word):
        return peers.run("postfix", "-c", f"{self.home}/etc", word)

    def log(self):
        return self.lab.log(self.name)


def start_receiver(lab, hosts):
    """Takes mail for all hosts into one mailbox; each has an address and certificate of its own."""
    box = lab.path("box")
    os.makedirs(box + "/inbox")
    peers.call("chown", "-R", "nobody", box)
    listeners = "".join(f"{host.address}:25 inet n - n - - smtpd -o smtpd_tls_chain_files={host.served}/combined.pem "
                        f"-o myhostname={host.name}\n" for host in hosts)
    return Postfix(lab, "receiver", listeners, f"""smtpd_tls_security_level = may
virtual_mailbox_domains = {" ".join(host.name for host in hosts)}
virtual_mailbox_base = {box}
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
""")


def start_sender(lab):
    # A process delivers once: between messages, nothing but the resolver remembers records, and it
    # lives by the test's clock.
    return Postfix(lab, "sender", f"{SENDER}:25 inet n - n - - smtpd\n", """myhostname = out.sender.example
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane-only
smtp_host_lookup = dns
smtp_tls_loglevel = 1
""")


class Flow:
    """Sends to one host after the other, from a thread of its own, until it is told to pause."""

    def __init__(self, sender, box, hosts, interval):
        self.sender, self.box, self.interval = sender, box, interval
        self.to = [f"box@{host.name}" for host in hosts]
        self.injected, self.trouble = 0, ""
        self._go, self._still, self._end = threading.Event(), threading.Event(), False
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def resume(self):
        self._still.clear()
        self._go.set()

    def pause(self):
        """Returns when no message is under way."""
        self._go.clear()
        if not self._still.wait(20):
            raise peers.Failed(f"no message goes out any more: {self.trouble}")
        end = time.monotonic() + 20
        while sum(self.counts()) < self.injected:
            if time.monotonic() > end:
                raise peers.Failed(f"{self.injected} messages, of which became {self.counts()}:\n"
                                   f"{self.sender.log()[-3000:]}")
            time.sleep(0.02)

    def counts(self):
        """So many were sent, deferred, bounced."""
        found = re.findall(r"status=(\w+)", self.sender.log())
        return found.count("sent"), found.count("deferred"), len(found) - found.count("sent") - found.count("deferred")

    def check(self):
        """Nothing but what was sent. While paused."""
        sent, deferred, bounced = self.counts()
        if self.trouble or deferred or bounced:
            lines = [line for line in self.sender.log().splitlines()
                     if "status=" in line and "status=sent" not in line or "warning" in line or "erif" in line]
            raise peers.Failed(f"{sent} messages sent, {deferred} deferred, {bounced} bounced {self.trouble}\n" +
                               "\n".join(lines[-15:]))

    def received(self):
        return len(os.listdir(os.path.join(self.box, "inbox", "new")))

    def verified(self):
        return self.sender.log().count("Verified TLS connection established to ")

    def _send(self):
        while not self._end:
            if not self._go.is_set():
                self._still.set()
                self._go.wait(0.5)
                continue
            self._still.clear()
            begin = time.monotonic()
            try:
                with smtplib.SMTP(SENDER, 25, timeout=15) as session:
                    session.sendmail("a@sender.example", self.to[self.injected % len(self.to)],
                                     f"Subject: {self.injected + 1}\r\n\r\nhello\r\n")
                self.injected += 1
            except (OSError, smtplib.SMTPException) as error:
                self.trouble = f"the sending Postfix takes no message: {error}"
            time.sleep(max(0.0, self.interval - (time.monotonic() - begin)))
