#!/usr/bin/env python3
"""The model of a disk must lose what a disk may lose, and nothing else."""
import types
import unittest

import disk
import recording
from site_folder import Tree

OLD = Tree({"f": (0o644, b"old"), "d": (0o755, None)})


def text(octets):
    return '"' + "".join(f"\\x{octet:02x}" for octet in octets) + '"'


def fd(name):
    return f"3<{text(('/s/' + name).encode()).strip(chr(34))}>"


def opened(name, flags="O_RDWR|O_CREAT|O_EXCL"):
    return f"7 openat(AT_FDCWD<\\x2f>, {text(('/s/' + name).encode())}, {flags}, 0600) = {fd(name)}"


def write(name, octets):
    return f"7 write({fd(name)}, {text(octets)}, {len(octets)}) = {len(octets)}"


def fsync(name):
    return f"7 fsync({fd(name)}) = 0"


def rename(old, new):
    return f"7 rename({text(('/s/' + old).encode())}, {text(('/s/' + new).encode())}) = 0"


def replayed(*lines, tree=OLD):
    made = types.SimpleNamespace(folder="/s", calls=list(recording.parse(lines)),
                                 CHANGES=recording.CHANGES)
    made.name_in_site = lambda path: recording.Recording.name_in_site(made, path)
    made.is_about_site = lambda call: recording.Recording.is_about_site(made, call)
    return disk.Disk(tree, made)


def files(replay, choose, number=None):
    return replay.after(replay.calls if number is None else number, choose).files()


class DiskTest(unittest.TestCase):
    REPLACED = (opened("t"), write("t", b"new"), fsync("t"), rename("t", "f"))

    def test_octets_that_were_not_synced_are_lost(self):
        replay = replayed(opened("t"), write("t", b"new"), fsync("../s"))
        self.assertEqual(files(replay, disk.lost), {"f": b"old", "t": b""})
        self.assertEqual(files(replay, disk.kept), {"f": b"old", "t": b"new"})

    def test_octets_are_safe_from_the_sync_on_and_not_before(self):
        replay = replayed(opened("f", "O_RDWR"), write("f", b"new"), fsync("f"))
        self.assertEqual(files(replay, disk.lost, 1), {"f": b"old"})
        self.assertEqual(files(replay, disk.lost, 2), {"f": b"new"})

    def test_a_name_is_safe_when_its_folder_is_synced(self):
        replay = replayed(*self.REPLACED)
        self.assertEqual(files(replay, disk.lost), {"f": b"old"})
        self.assertEqual(files(replay, disk.only_names), {"f": b"new"})
        replay = replayed(*self.REPLACED, fsync("."))
        self.assertEqual(files(replay, disk.lost), {"f": b"new"})

    def test_a_rename_without_a_sync_before_may_leave_an_empty_file(self):
        replay = replayed(opened("t"), write("t", b"new"), rename("t", "f"), fsync("."))
        self.assertEqual(files(replay, disk.lost), {"f": b""})

    def test_a_folder_that_is_lost_takes_its_files_along(self):
        made = f"7 mkdir({text(b'/s/m')}, 0700) = 0"
        replay = replayed(made, opened("m/x"), write("m/x", b"1"), fsync("m/x"), fsync("m"))
        self.assertNotIn("m/x", files(replay, disk.lost))
        replay = replayed(made, fsync("."), opened("m/x"), write("m/x", b"1"), fsync("m/x"))
        self.assertNotIn("m/x", files(replay, disk.lost))
        self.assertEqual(files(replay, disk.kept)["m/x"], b"1")

    def test_a_torn_write_is_there_in_part(self):
        replay = replayed(opened("f", "O_RDWR"), write("f", b"n" * 1024))
        self.assertEqual(files(replay, disk.torn), {"f": b"n" * 512})
        seen = {files(replay, disk.mixed(seed))["f"] for seed in range(40)}
        self.assertIn(b"old" + bytes(509) + b"n" * 512, seen)
        self.assertIn(b"n" * 1024, seen)

    def test_each_descriptor_writes_on_where_it_was(self):
        again = opened("t", "O_RDONLY").replace("= 3<", "= 4<")
        replay = replayed(opened("t"), write("t", b"one "), again, write("t", b"two"))
        self.assertEqual(files(replay, disk.kept)["t"], b"one two")

    def test_what_is_not_modelled_is_not_overlooked(self):
        with self.assertRaises(SystemExit):
            replayed(f"7 unlinkat(AT_FDCWD<\\x2f>, {text(b'/s/f')}, 0) = 0")
        with self.assertRaises(SystemExit):
            replayed(opened("f", "O_WRONLY|O_APPEND"))
        call = next(recording.parse([f"7 copy_file_range({fd('f')}, NULL, {fd('t')}, NULL) = 3"]))
        with self.assertRaises(SystemExit):
            recording.Recording.check_known(None, call)

    def test_calls_of_several_threads_are_told_apart(self):
        whole, half = write("f", b"x"), write("f", b"yy")
        calls = list(recording.parse([
            half.replace("7 ", "8 ", 1).split(", 2)")[0] + ", 2 <unfinished ...>", whole,
            "8 <... write resumed>) = 2"]))
        self.assertEqual([(call.thread, call.octets(1)) for call in calls],
                         [("7", b"x"), ("8", b"yy")])


if __name__ == "__main__":
    unittest.main()
