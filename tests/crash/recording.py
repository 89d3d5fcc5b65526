"""What a command does to its disk, in order, as strace saw it.

Every call that names a file of the site is either modelled, or known to change nothing; any other
ends the recording with an error, so that no way of writing is overlooked.
"""
import os
import re
import tempfile

CHANGES = {"open", "openat", "creat", "write", "pwrite64", "ftruncate", "truncate", "fsync",
           "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir",
           "mkdirat", "chmod", "fchmod", "fchmodat"}
HARMLESS = {"access", "faccessat", "faccessat2", "stat", "fstat", "lstat", "newfstatat", "statx",
            "statfs", "fstatfs", "readlink", "readlinkat", "read", "readv", "pread64", "preadv",
            "lseek", "fcntl", "flock", "close", "dup", "dup2", "dup3", "ioctl", "getdents64",
            "execve", "getcwd", "chdir", "fadvise64", "munmap", "fchown"}
CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?|0x[0-9a-f]+)(.*)$")
UNFINISHED = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
TEXT = re.compile(r'^"((?:\\x[0-9a-f]{2})*)"$')
OF_DESCRIPTOR = re.compile(r"^(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")


def octets_of(text):
    return bytes.fromhex(text.replace("\\x", ""))


class Call:
    """One system call: its name, its words, and what came back."""

    def __init__(self, thread, name, words, result):
        self.thread, self.name, self.words = thread, name, words
        self.has_failed = result.startswith("-") or result == "?"
        self.result = 0 if result == "?" else int(result, 0)

    def octets(self, place):
        found = TEXT.match(self.words[place])
        if not found:
            raise SystemExit(f"not a whole text: {self.words[place][:200]}")
        return octets_of(found.group(1))

    def descriptor_path(self, place=0):
        """Where the descriptor leads; none when that is gone, or no file."""
        found = OF_DESCRIPTOR.match(self.words[place])
        if not found or found.group(2):
            return None
        return os.fsdecode(octets_of(found.group(1)))

    def path(self, place):
        """A name relative to the descriptor before it, or to nothing."""
        name = os.fsdecode(self.octets(place))
        if place and OF_DESCRIPTOR.match(self.words[place - 1]):
            return os.path.join(self.descriptor_path(place - 1), name)
        return name

    def paths(self):
        """All paths that it names."""
        for place, word in enumerate(self.words):
            if TEXT.match(word) and self.name not in ("write", "pwrite64", "read", "pread64"):
                yield self.path(place)
            elif OF_DESCRIPTOR.match(word):
                path = self.descriptor_path(place)
                if path is not None:
                    yield path


def parse(lines):
    """Calls in the order of their ends."""
    begun = {}
    for line in lines:
        line = line.rstrip("\n")
        unfinished, resumed = UNFINISHED.match(line), RESUMED.match(line)
        if unfinished:
            begun[unfinished.group(1)] = unfinished.group(3)
            continue
        if resumed:
            thread, name, rest = resumed.groups()
            line = f"{thread} {name}({begun.pop(thread)}{rest}"
        call = CALL.match(line)
        if call:
            yield Call(call.group(1), call.group(2), call.group(3).split(", "), call.group(4))
        elif "+++" not in line and "---" not in line:
            raise SystemExit(f"strace line not understood: {line[:300]}")


def is_shared_write(call):
    return (call.name == "mmap" and "MAP_SHARED" in call.words[3] and "PROT_WRITE" in call.words[2])


class Recording:
    """Calls of a command, all of them, and which of them are about the site."""

    CHANGES = CHANGES

    def __init__(self, site, words, now):
        self.folder = str(site.folder)
        with tempfile.NamedTemporaryFile("r", dir=site.base, encoding="latin-1") as log:
            self.done = site.strace(["--seccomp-bpf", "-y", "-xx", "-s", "100000000", "-o", log.name,
                                     "-e", "trace=%file,%desc"], words, now)
            self.calls = list(parse(log))
        for call in self.calls:
            if self.is_about_site(call):
                self.check_known(call)

    def is_about_site(self, call):
        return any(self.name_in_site(path) for path in call.paths())

    def name_in_site(self, path):
        """Relative to the site; "" is the site itself, none what is elsewhere."""
        path = os.path.normpath(path)
        if path == self.folder:
            return "."
        return path[len(self.folder) + 1:] if path.startswith(self.folder + "/") else None

    def check_known(self, call):
        if call.name in CHANGES or call.name in HARMLESS or call.has_failed:
            return
        if call.name == "mmap":
            is_index = any(path.endswith("-shm") for path in call.paths())
            if is_index or not is_shared_write(call):
                return  # SQLite makes this one anew when nobody has it open
        raise SystemExit(f"a call that tests/crash/recording.py does not know: {call.name} "
                         f"{[path for path in call.paths()]}")
