#!/usr/bin/env python3
"""Runs one script of command lines and compares what they print.

    run.py BINARY SCRIPT.txt

A script is a text:

    # Comments, at the top what is promised.
    $ danewerk verify signed.zone --origin example.org
    exit 1                 the exit code, when it is not 0
    > text                 stdout: exactly these lines, in this order
    >~ regex               stdout: one line matches
    >! regex               stdout: no line matches
    ! text                 stderr: exactly these lines
    !~ regex               stderr: one line matches
    !! regex               stderr: no line matches
    -- signed.zone --      from here to the next such line: a file that the commands find

Commands run in a shell, in a fresh folder, with BINARY first on the PATH; $ZONES is the project's
zones/, $DATA tests/data/. One script goes on after a wrong line and reports all of them.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MARKS = (">~", ">!", "!~", "!!", ">", "!")


class Step:
    def __init__(self, line, command):
        self.line = line
        self.command = command
        self.exit = 0
        self.wanted = {mark: [] for mark in MARKS}


def parse(path):
    """Steps and files of a script."""
    steps, files, current = [], {}, None
    with open(path, encoding="utf-8") as script:
        for number, line in enumerate(script, 1):
            text = line.rstrip("\n")
            head = re.fullmatch(r"-- (\S+) --", text)
            if head:
                current = files.setdefault(head.group(1), [])
            elif current is not None:
                current.append(line)
            elif text.startswith("$ "):
                steps.append(Step(number, text[2:]))
            elif text.startswith("exit "):
                steps[-1].exit = int(text[5:])
            elif text and not text.startswith("#"):
                mark = next((m for m in MARKS if text == m or text.startswith(m + " ")), None)
                if mark is None or not steps:
                    raise SystemExit(f"{path}:{number}: not a script line: {text}")
                steps[-1].wanted[mark].append(text[len(mark) + 1:])
    if not steps:
        raise SystemExit(f"{path}: no command")
    return steps, files


def wrong_lines(step, stream, exact, has, lacks):
    """What does not hold of one output stream."""
    lines = stream.splitlines()
    if step.wanted[exact] and lines != step.wanted[exact]:
        wanted = "\n".join(step.wanted[exact])
        yield f"{exact} wanted:\n{wanted}"
    for pattern in step.wanted[has]:
        if not any(re.search(pattern, line) for line in lines):
            yield f"{has} no line matches: {pattern}"
    for pattern in step.wanted[lacks]:
        for line in lines:
            if re.search(pattern, line):
                yield f"{lacks} must not be there: {line}"


def run(step, folder, environment):
    """Findings about one step."""
    done = subprocess.run(["sh", "-c", step.command], cwd=folder, env=environment, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
    found = list(wrong_lines(step, out, ">", ">~", ">!"))
    found += wrong_lines(step, err, "!", "!~", "!!")
    if done.returncode != step.exit:
        found.insert(0, f"exit {done.returncode}, wanted {step.exit}")
    return [f"{finding}\n--- stdout\n{out}--- stderr\n{err}---" for finding in found]


def main():
    binary, script = os.path.abspath(sys.argv[1]), sys.argv[2]
    steps, files = parse(script)
    environment = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", ZONES=os.path.join(ROOT, "zones"),
                       DATA=os.path.join(ROOT, "tests/data"),
                       PATH=os.path.dirname(binary) + os.pathsep + os.environ["PATH"])
    environment.pop("DANEWERK_CONFIG", None)
    os.umask(0o077)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="danewerk-cli-") as folder:
        for name, lines in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(lines)
        for step in steps:
            for finding in run(step, folder, environment):
                print(f"{script}:{step.line}: $ {step.command}\n{finding}")
                failed += 1
    print(f"{script}: {len(steps)} commands, {failed} wrong")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
