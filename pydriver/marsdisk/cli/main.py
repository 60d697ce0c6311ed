# SPDX-License-Identifier: BSD-3-Clause
"""Entry points, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from marsdisk.cli.lazy import LazyGroup
from marsdisk.errors import InputError, MarsdiskError, StoppedEarly

OK, FAILED = 0, 1

TRACEBACK = "MARSDISK_TRACEBACK"
"""Environment variable that shows tracebacks of internal errors when it is 1."""

MAX_SHOWN = 200
"""More problems than this mean that the file is no namelist at all."""


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from marsdisk import __version__

        click.echo(f"marsdisk {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    modules={
        name: f"marsdisk.cli.{name}"
        for name in ("run", "resume", "sweep", "check", "plot", "report", "compare", "handover",
                     "describe", "info", "prep")
    },
    epilog="Exit codes: 0 done, 1 internal failure, 2 bad input, 3 stopped early, "
           "4 check found that a result is not converged.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Show the version and exit.")
def marsdisk() -> None:
    """Numerical tools for the origin of the Martian moons."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``marsdisk``; `arguments` None = those of the process."""
    sys.exit(_guarded(marsdisk, "marsdisk", arguments))


def run_main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``marsdisk-run``, the same as ``marsdisk run``."""
    from marsdisk.cli.run import command

    sys.exit(_guarded(command, "marsdisk-run", arguments))


def _guarded(command: click.Command, program: str, arguments: Sequence[str] | None) -> int:
    """Run a command; whatever happens becomes a message and an exit code."""
    try:
        code = command.main(
            arguments, program, standalone_mode=False, help_option_names=["-h", "--help"]
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except BrokenPipeError:
        # The reader (head, less) has gone: the interpreter's own flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"{program}: interrupted", err=True)
        return FAILED
    except InputError as error:
        for problem in error.problems[:MAX_SHOWN]:
            click.echo(problem, err=True)
        count = len(error.problems)
        if count > MAX_SHOWN:
            click.echo(f"... and {count - MAX_SHOWN} more", err=True)
        noun = "problem" if count == 1 else "problems"
        left = (f"what was computed before is in {error.kept}" if error.kept
                else "nothing was written")
        click.echo(f"{program}: {count} {noun} in the input, {left}", err=True)
        return error.exit_code
    except StoppedEarly as error:
        click.echo(f"{program}: stopped early: {error}", err=True)
        return error.exit_code
    except MarsdiskError as error:
        click.echo(f"{program}: failed: {error}", err=True)
        return error.exit_code
    except Exception as error:  # the last resort: users get a message, not a traceback
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:  # from any look at it
            name = max(Path(os.fsdecode(error.filename)).parts, key=len)
            click.echo(f"{program}: the name of a file, '{name[:40]}...', is too long", err=True)
            return InputError.exit_code
        if os.environ.get(TRACEBACK) == "1":
            traceback.print_exc()
        click.echo(
            f"{program}: internal error: {type(error).__name__}: {error}\n"
            f"This is a fault of the program. Please report it with the namelist, the output of "
            f"`marsdisk info`\nand the traceback shown when {TRACEBACK}=1 is set.",
            err=True,
        )
        return FAILED
