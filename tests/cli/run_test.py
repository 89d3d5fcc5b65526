#!/usr/bin/env python3
"""The runner of the scripts must accept what holds and refuse what does not."""
import os
import subprocess
import sys
import tempfile

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")
GOOD = """# a file, both streams, an exit code
$ cat file; echo oops >&2; exit 3
exit 3
> one
> two
>~ ^t.o$
>! three
! oops
!~ o+ps
!! x
-- file --
one
two
"""
WRONG = {
    "exit code": "$ true\nexit 1\n",
    "stdout, other line": "$ echo a\n> b\n",
    "stdout, line too many": "$ echo a; echo b\n> a\n",
    "stdout, no match": "$ echo a\n>~ b\n",
    "stdout, forbidden": "$ echo a\n>! a\n",
    "stderr, other line": "$ echo a >&2\n! b\n",
    "stderr, no match": "$ echo a >&2\n!~ b\n",
    "stderr, forbidden": "$ echo a >&2\n!! a\n",
    "unknown line": "$ echo a\n= a\n",
    "no command": "# nothing\n",
}


def passes(text):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as script:
        script.write(text)
        script.flush()
        return subprocess.run([sys.executable, RUNNER, "/bin/true", script.name], check=False,
                              capture_output=True).returncode == 0


def main():
    wrong = [] if passes(GOOD) else ["a good script is refused"]
    wrong += [f"accepted: {name}" for name, text in WRONG.items() if passes(text)]
    print("\n".join(wrong) or f"{len(WRONG)} wrong scripts refused")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
