# SPDX-License-Identifier: BSD-3-Clause
"""Run f2py and stop the build where f2py itself only mutters and goes on.

f2py turns a kind that it cannot resolve into C float (real) or C int (integer) and exits with 0:
the module then builds and returns wrong numbers. The arguments are those of f2py.
"""

import subprocess
import sys

FATAL = (
    "is mapped to C",  # unknown kind, guessed
    "No C-type found",  # unknown type, passed as void
    "Ignoring map",  # f2cmap names a C type that f2py does not know
    "Failed to apply user defined",  # f2cmap cannot be read
)


def main(arguments: list[str]) -> str | None:
    """Return the text of the failure, None when f2py did all it was asked."""
    run = subprocess.run(
        [sys.executable, "-m", "numpy.f2py", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in run.stdout.splitlines()]
    guesses = [line for line in lines if any(words in line for words in FATAL)]
    if guesses:
        remedy = "\nName the kind in fortran/f2cmap, or use real(dp), integer, integer(i4 or i8)."
        return "f2py guessed a type:\n" + "\n".join(dict.fromkeys(guesses)) + remedy
    if run.returncode:
        return run.stdout + f"\nf2py failed with exit code {run.returncode}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
