"""A disk that forgets: what may be left of a recorded command when the power fails.

Names and contents are apart, as POSIX has them: a file's octets and mode are safe from its own
fsync on, a name from the fsync of its folder on. At a power cut what is safe stays; of the rest
any part may be there, a write also in part (sectors of 512 octets).
"""
import hashlib
import os
import random

from site_folder import Tree

SECTOR = 512


class Change:
    """One change of names or contents. `safe`: the number of the call that made it safe."""

    def __init__(self, kind, number, node, **more):
        self.kind, self.number, self.node, self.safe = kind, number, node, None
        self.more = more

    @property
    def is_of_names(self):
        return self.kind in ("link", "unlink", "rename")

    def sectors(self):
        """A write, cut into what a disk writes at once."""
        at, octets = self.more["at"], self.more["octets"]
        while octets:
            size = SECTOR - at % SECTOR
            yield Change("write", self.number, self.node, at=at, octets=octets[:size])
            at, octets = at + size, octets[size:]


class Node:
    """A file, or a folder, by whatever names."""

    def __init__(self, mode, octets):
        self.mode, self.octets = mode, octets


class Disk:
    def __init__(self, tree, recording):
        self.nodes = [Node(0o755, None)]  # number 0: the site itself
        self.names = {}                   # (folder, name): node, before the command
        self.changes = []
        self.calls = 0                    # that changed something, or made it safe
        self._positions = {}              # of descriptors: each writes on where it was
        for path, (mode, octets) in sorted(tree.entries.items()):
            self.names[self._place(path, self.names)] = self._add(mode, octets)
        self._live = dict(self.names)
        for call in recording.calls:
            if not call.has_failed:
                self._follow(call, recording)

    # Following the command

    def _add(self, mode, octets):
        self.nodes.append(Node(mode, octets))
        return len(self.nodes) - 1

    def _place(self, path, names):
        node = 0
        *folders, name = path.split("/")
        for folder in folders:
            node = names[(node, folder)]
        return node, name

    def _find(self, path):
        if path == ".":
            return 0
        return self._live.get(self._place(path, self._live))

    def _change(self, kind, node, **more):
        self.calls += 1
        self.changes.append(Change(kind, self.calls, node, **more))

    def _sync(self, node):
        self.calls += 1
        for change in self.changes:
            of_folder = change.is_of_names and change.more["place"][0] == node
            of_file = not change.is_of_names and change.node == node
            if change.safe is None and (of_folder or of_file):
                change.safe = self.calls

    def _follow(self, call, recording):
        if call.name not in recording.CHANGES or not recording.is_about_site(call):
            return
        step = getattr(self, "_call_" + call.name, None)
        if step is None:
            raise SystemExit(f"not modelled: {call.name} of {list(call.paths())}")
        step(call, recording.name_in_site)

    def _call_openat(self, call, name_in_site):
        path, flags = name_in_site(call.path(1)), call.words[2]
        if "O_APPEND" in flags or "O_TMPFILE" in flags:
            raise SystemExit(f"not modelled: {flags} of {path}")
        node = self._find(path)
        if node is None:
            node = self._add(int(call.words[3], 8), b"")
            self._link(path, node)
        elif "O_TRUNC" in flags:
            self._change("truncate", node, size=0)
        self._positions[(call.result, node)] = 0

    def _link(self, path, node):
        place = self._place(path, self._live)
        self._live[place] = node
        self._change("link", node, place=place)

    def _of(self, call, name_in_site):
        """The file that the descriptor leads to; none when it has no name any more."""
        path = call.descriptor_path()
        return None if path is None else self._find(name_in_site(path))

    def _call_write(self, call, name_in_site):
        node = self._of(call, name_in_site)
        place = (int(call.words[0].split("<")[0]), node)
        at = self._positions[place]
        self._positions[place] = at + call.result
        self._change("write", node, at=at, octets=call.octets(1)[:call.result])

    def _call_pwrite64(self, call, name_in_site):
        self._change("write", self._of(call, name_in_site), at=int(call.words[3]),
                     octets=call.octets(1)[:call.result])

    def _call_ftruncate(self, call, name_in_site):
        self._change("truncate", self._of(call, name_in_site), size=int(call.words[1]))

    def _call_fchmod(self, call, name_in_site):
        self._change("mode", self._of(call, name_in_site), mode=int(call.words[1], 8))

    def _call_chmod(self, call, name_in_site):
        self._change("mode", self._find(name_in_site(call.path(0))), mode=int(call.words[1], 8))

    def _call_fsync(self, call, name_in_site):
        self._sync(self._of(call, name_in_site))

    _call_fdatasync = _call_fsync

    def _call_mkdir(self, call, name_in_site):
        self._link(name_in_site(call.path(0)), self._add(int(call.words[1], 8), None))

    def _call_rename(self, call, name_in_site):
        old, new = (self._place(name_in_site(call.path(i)), self._live) for i in (0, 1))
        node = self._live.pop(old)
        self._live[new] = node
        self._change("rename", node, place=new, old=old)

    def _call_unlink(self, call, name_in_site):
        place = self._place(name_in_site(call.path(0)), self._live)
        self._change("unlink", self._live.pop(place), place=place)

    _call_rmdir = _call_unlink

    # What is left

    def tree(self, survived):
        """The site when these changes reached the disk."""
        names = dict(self.names)
        contents = {}
        modes = {}
        for change in survived:
            apply(change, names, contents, modes, self.nodes)
        entries = {}
        self._list(0, "", names, contents, modes, entries)
        return Tree(entries)

    def _list(self, folder, prefix, names, contents, modes, entries):
        for (parent, name), node in names.items():
            if parent != folder:
                continue
            mode = modes.get(node, self.nodes[node].mode)
            octets = self.nodes[node].octets
            if octets is None:
                entries[prefix + name] = (mode, None)
                self._list(node, f"{prefix}{name}/", names, contents, modes, entries)
            else:
                entries[prefix + name] = (mode, bytes(contents.get(node, octets)))

    def after(self, number, choose):
        """The site when the power failed after so many calls; CHOOSE says what of the rest stays."""
        past = [change for change in self.changes if change.number <= number]
        safe = {id(change) for change in past if change.safe is not None and change.safe <= number}
        pending = [change for change in past if id(change) not in safe]
        chosen = choose(pending)
        kept = [part for change in past
                for part in ([change] if id(change) in safe else chosen.get(id(change), []))]
        return self.tree(kept)


def apply(change, names, contents, modes, nodes):
    more, node = change.more, change.node
    if change.kind == "link":
        names[more["place"]] = node
    elif change.kind == "unlink":
        if names.get(more["place"]) == node:
            del names[more["place"]]
    elif change.kind == "rename":
        if names.get(more["old"]) == node:
            del names[more["old"]]
        names[more["place"]] = node
    elif change.kind == "mode":
        modes[node] = more["mode"]
    else:
        content = contents.setdefault(node, bytearray(nodes[node].octets))
        if change.kind == "truncate":
            size = more["size"]
            content[size:] = bytes(max(0, size - len(content)))
        else:
            at, octets = more["at"], more["octets"]
            content.extend(bytes(max(0, at - len(content))))
            content[at:at + len(octets)] = octets


# What may stay of the changes that were not safe: {id of a change: what of it stays, in parts}.

def lost(_pending):
    return {}


def kept(pending):
    return {id(change): [change] for change in pending}


def only_names(pending):
    return {id(change): [change] for change in pending if change.is_of_names}


def only_contents(pending):
    return {id(change): [change] for change in pending if not change.is_of_names}


def torn(pending):
    """All but the second half of the last write."""
    chosen = kept(pending)
    writes = [change for change in pending if change.kind == "write"]
    if writes:
        parts = list(writes[-1].sectors())
        chosen[id(writes[-1])] = parts[:len(parts) // 2]
    return chosen


def mixed(seed):
    """Any part of it, but not any order: what stays of a file is applied as it was written."""
    def choose(pending):
        dice = random.Random(seed)
        chosen = {}
        for change in pending:
            parts = list(change.sectors()) if change.kind == "write" else [change]
            chosen[id(change)] = [part for part in parts if dice.random() < 0.5]
        return chosen
    return choose


def ways(number, mixes, seed):
    """Names of ways in which the power may fail after a call, with what stays."""
    named = {"lost": lost, "kept": kept, "names": only_names, "contents": only_contents,
             "torn": torn}
    for i in range(mixes):
        named[f"mixed-{i}"] = mixed(f"{seed}/{number}/{i}")
    return named


def check_replay(replay, end):
    """Everything kept must be what the disk has: else the model has overlooked something."""
    def seen(tree):  # without SQLite's index of its log, which it writes through memory
        return {name: entry for name, entry in tree.entries.items() if not name.endswith("-shm")}
    if seen(replay.after(replay.calls, kept)) != seen(end):
        raise SystemExit("the model of the disk does not have what the disk has")


def digest(tree):
    whole = hashlib.sha256()
    for name, (mode, octets) in sorted(tree.entries.items()):
        whole.update(f"{name} {mode:o} {'folder' if octets is None else len(octets)}\n".encode())
        whole.update(octets or b"")
    return whole.digest()
