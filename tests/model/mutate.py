#!/usr/bin/env python3
"""Plants one fault after the other into src/rollover and expects a test to fail.

    tests/model/mutate.py [--runs N] [--seed N] [--build DIR] [--check] [NAME ...]

Copies the tree, builds the engine, its unit test and the cache model, sees that both pass, then
applies each tests/model/mutations/NAME.fault in turn. Prints a table: fault, caught by. Exits 1
when a fault is caught by nothing, or not by the test it names. A fault file whose text does not
stand exactly once in its source is an error: the list goes with the code.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTS = ROOT / "tests/model/mutations"
TARGETS = ["rollover_test", "model_rollover_test", "model_dane_test"]
BLOCK = re.compile(r"^<{7}\n(.*?)\n={7}\n(.*?)\n>{7}$", re.S | re.M)


class Fault:
    def __init__(self, path):
        text = path.read_text()
        head = dict(re.findall(r"^(fault|caught-by|suite|file): (.*)$", text, re.M))
        self.name, self.what = path.stem, head["fault"]
        self.caught_by, self.file = head["caught-by"], head["file"]
        self.suite = head.get("suite", "rollover")  # whose model: model_SUITE_test
        self.blocks = BLOCK.findall(text)
        if not self.blocks or self.caught_by not in ("unit", "model", "any"):
            sys.exit(f"{path}: not a fault file")

    def planted(self, text):
        for old, new in self.blocks:
            if text.count(old) != 1:
                sys.exit(f"{self.name}.fault: stands {text.count(old)} times in {self.file}: {old!r}")
            text = text.replace(old, new)
        return text


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **options)


def build(folder):
    done = run(["nice", "ninja", "-C", str(folder / "build"), "-j2", *TARGETS])
    if done.returncode != 0:
        sys.exit(done.stdout[-4000:])


def first_failures(output, pattern):
    found = ("".join(match.groups(default="")) for match in re.finditer(pattern, output, re.M))
    return list(dict.fromkeys(found))


def unit(folder):
    """Names of the unit tests that fail."""
    try:
        done = run([str(folder / "build/tests/unit/rollover/rollover_test")], timeout=120)
    except subprocess.TimeoutExpired:
        return ["does not end"]
    if done.returncode == 0:
        return []
    return first_failures(done.stdout, r"^TEST CASE:  (.*)$") or ["crash"]


def model(folder, options, suite):
    """What the model reports first."""
    environment = dict(os.environ, DW_MODEL_RUNS=str(options.runs), DW_MODEL_SEED=str(options.seed),
                       DW_MODEL_LOGS="0", DW_MODEL_STOP="1")
    try:
        done = run([str(folder / f"build/tests/model/model_{suite}_test"), f"-tce={options.exclude}"], env=environment, timeout=900)
    except subprocess.TimeoutExpired:
        return ["does not end"]
    if done.returncode == 0:
        return []
    return first_failures(done.stdout, r"(seed \d+: [^:]{0,60})|^TEST CASE:  (.*)$") or ["crash"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, help="runs of the model for each fault")
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    parser.add_argument("--exclude", default="", help="test cases of the model that are left out (doctest -tce)")
    parser.add_argument("--build", help="folder to build in, kept")
    parser.add_argument("--check", action="store_true", help="only see that each fault still fits its source")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    faults = [Fault(path) for path in sorted(FAULTS.glob("*.fault"))]
    if options.names:
        faults = [fault for fault in faults if fault.name in options.names]
    if options.check:
        for fault in faults:
            fault.planted((ROOT / fault.file).read_text())
        print(f"{len(faults)} faults fit their sources")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(options.build or scratch)
        for part in ("CMakeLists.txt", "src", "tests", "contrib"):
            source, target = ROOT / part, folder / part
            if source.is_dir():
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(source, target, copy_function=shutil.copy)  # new times: all is built again
            else:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        for fault in faults:  # all must apply before anything is built
            fault.planted((folder / fault.file).read_text())
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        configured = run(["cmake", "-S", str(folder), "-B", str(folder / "build"), "-G", "Ninja",
                          "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DDW_TESTS=ON", *launcher])
        if configured.returncode != 0:
            sys.exit(configured.stderr[-4000:])
        build(folder)
        suites = sorted({fault.suite for fault in faults})
        if unit(folder) or any(model(folder, options, suite) for suite in suites):
            sys.exit("the tests fail without any fault planted")
        missed = [fault for fault in faults if not attempt(fault, folder, options)]
    print(f"{len(faults) - len(missed)} of {len(faults)} faults caught")
    return 1 if missed else 0


def attempt(fault, folder, options):
    path = folder / fault.file
    sound = path.read_text()
    path.write_text(fault.planted(sound))
    build(folder)
    by_unit, by_model = unit(folder), model(folder, options, fault.suite)
    path.write_text(sound)
    caught = {"unit": by_unit, "model": by_model, "any": by_unit + by_model}[fault.caught_by]
    shown = []
    if by_unit:
        shown.append(f"unit: {by_unit[0]}" + (f" (+{len(by_unit) - 1})" if by_unit[1:] else ""))
    if by_model:
        shown.append(f"model: {by_model[0]}")
    verdict = "; ".join(shown) or "NOTHING"
    print(f"{fault.name:20} {fault.what}\n{'':20} {'' if caught else 'MISSED by ' + fault.caught_by + ', '}{verdict}",
          flush=True)
    return bool(caught)


if __name__ == "__main__":
    sys.exit(main())
