"""Runs other people's tools. A tool that is missing, or fails, fails the test: nothing is skipped."""
import os
import shutil
import subprocess
import sys


def call(*command, cwd=None, stdin=None):
    """Runs a command that must succeed; its stdout."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    if shutil.which(command[0], path=path) is None:
        sys.exit(f"{command[0]} is not installed")
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, input=stdin,
                          timeout=300, env=dict(os.environ, LC_ALL="C", TZ="UTC", PATH=path))
    if done.returncode != 0:
        sys.exit(f"$ {' '.join(command)}\nexit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def same(what, ours, theirs):
    """Ends the test when two answers differ."""
    if ours != theirs:
        sys.exit(f"{what}:\n  ours   {ours}\n  theirs {theirs}")
    print(f"same: {what}")
