# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk info`: what is installed, for bug reports."""

from __future__ import annotations

import click


@click.command("info")
def command() -> None:
    """Show version, git hash, compiler, flags, OpenMP threads and kinds of run."""
    import platform

    from marsdisk import __version__, _build_info, core
    from marsdisk.config.schema import KINDS

    rows = {
        "version": __version__,
        "git hash": _build_info.GIT_HASH,
        "compiler": f"{_build_info.COMPILER} {_build_info.COMPILER_VERSION}",
        "flags": _build_info.FLAGS,
        "processor": _processor(core.cpu_level, _build_info.LEVEL_FLAGS, platform.machine()),
        "build": _build_info.BUILDTYPE,
        "OpenMP threads": core.max_threads() if _build_info.OPENMP else "built without OpenMP",
        "kinds of run": ", ".join(KINDS),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for name, value in rows.items():
        click.echo(f"{name + ':':<16}{value}")


def _processor(level: int, flags: dict[str, str], machine: str) -> str:
    """The level of x86-64 that is used here, and its flags."""
    if not level:
        return machine
    more = flags.get(f"_v{level}", "")
    return f"x86-64-v{level}, {more}" if more else f"x86-64-v{level}"
