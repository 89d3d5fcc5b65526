#!/usr/bin/env python3
"""Plants one fault after the other into the program, and expects a crash test to fail.

    tests/crash/plant.py [--build DIR] [NAME ...]

Copies the tree, builds `danewerk`, and applies each tests/crash/planted/NAME.fault in turn. Prints
a table: fault, what caught it. Exits 1 when one is caught by nothing, or not by the test it names.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/model"))
from mutate import BLOCK, run  # noqa: E402 - the form of fault files is one

TARGETS = ("danewerk", "crash_preload")
POINTS = "300"


class Fault:
    def __init__(self, path):
        text = path.read_text()
        head = dict(re.findall(r"^(fault|caught-by|file): (.*)$", text, re.M))
        self.name, self.what = path.stem, head["fault"]
        self.caught_by, self.file = head["caught-by"].split(), head["file"]
        self.blocks = BLOCK.findall(text)

    def planted(self, text):
        for old, new in self.blocks:
            if text.count(old) != 1:
                sys.exit(f"{self.name}.fault: stands {text.count(old)} times in {self.file}: {old!r}")
            text = text.replace(old, new)
        return text


def copy(folder):
    """What changed since the last copy, so that little is built again."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("CMakeLists.txt", "src", "tests", "contrib"):
        for source in [ROOT / part] + sorted((ROOT / part).rglob("*")):
            target = folder / source.relative_to(ROOT)
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif not target.exists() or target.read_bytes() != source.read_bytes():
                shutil.copy(source, target)


def build(folder):
    done = run(["nice", "ninja", "-C", str(folder / "build/plant"), "-j2", *TARGETS])
    if done.returncode != 0:
        sys.exit(done.stdout[-4000:])


def caught(fault, folder):
    """What the test says first; nothing when it passes."""
    programs = [str(folder / "build/plant/src/app/danewerk"),
                str(folder / "build/plant/tests/crash/libcrash_preload.so")]
    script, *words = fault.caught_by
    options = ["--points", POINTS] if script == "crash" else []
    environment = {name: value for name, value in os.environ.items() if name != "DW_TEST_TIER"}
    try:
        done = run([sys.executable, str(HERE / f"{script}.py"), *programs, *words, *options],
                   timeout=900, env=environment)
    except subprocess.TimeoutExpired:
        return "does not end"
    if done.returncode == 0:
        return ""
    said = (done.stdout + done.stderr).replace("\n    ", " ").splitlines()
    return next((line for line in said if ": " in line), "fails")[:200]


def attempt(fault, folder):
    path = folder / fault.file
    sound = path.read_text()
    path.write_text(fault.planted(sound))
    try:
        build(folder)
        said = caught(fault, folder)
    finally:
        path.write_text(sound)
    print(f"{fault.name:20} {fault.what}\n{'':20} {' '.join(fault.caught_by)}: {said or 'MISSED'}",
          flush=True)
    return bool(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", help="folder to build in, kept")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    faults = [Fault(path) for path in sorted((HERE / "planted").glob("*.fault"))
              if not options.names or path.stem in options.names]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(options.build or scratch)
        copy(folder)
        for fault in faults:  # all must apply before anything is built
            fault.planted((folder / fault.file).read_text())
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        configured = run(["cmake", "-S", str(folder), "-B", str(folder / "build/plant"), "-G", "Ninja",
                          "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DDW_TESTS=ON", *launcher])
        if configured.returncode != 0:
            sys.exit(configured.stderr[-4000:])
        build(folder)
        missed = [fault for fault in faults if not attempt(fault, folder)]
    print(f"{len(faults) - len(missed)} of {len(faults)} faults caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
