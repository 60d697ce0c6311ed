# SPDX-License-Identifier: BSD-3-Clause
"""Where the numbers of a file come from: version, build, machine, command, input files."""

from __future__ import annotations

import hashlib
import platform
import shlex
from datetime import UTC, datetime
from pathlib import Path

from marsdisk import __version__, _build_info
from marsdisk.config.read import Config
from marsdisk.config.write import write_namelist
from marsdisk.output.references import references


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def input_files(config: Config) -> str:
    """Every file that a run reads, one line each, with its hash."""
    files = dict(config.files)
    lines = [f"{key}: {path} sha256 {file_hash(path)}" for key, path in files.items()]
    radiation = config.groups.get("radiation", {})
    if radiation.get("qpr_mode") == "table" and "radiation.qpr_table" not in files:
        from marsdisk.prep.qpr import SHIPPED_TABLE

        lines.append(f"radiation.qpr_table: shipped {SHIPPED_TABLE.name} sha256 "
                     f"{file_hash(SHIPPED_TABLE)}")
    if radiation.get("chi_mode") == "orbits" and "radiation.chi_table" not in files:
        from marsdisk.prep.blowout_table import SHIPPED_TABLE as SHIPPED_ORBITS

        lines.append(f"radiation.chi_table: shipped {SHIPPED_ORBITS.name} sha256 "
                     f"{file_hash(SHIPPED_ORBITS)}")
    return "\n".join(lines)


def recorded_files(recorded: str) -> dict[str, Path]:
    """Paths by ``group.key`` of what `input_files` has said, shipped files left out."""
    found = {}
    for line in recorded.splitlines():
        key, _, entry = line.partition(": ")
        path = Path(entry.rpartition(" sha256 ")[0])
        if path.is_absolute():
            found[key] = path
    return found


def history(config: Config) -> str:
    """Commands that make the file, one line each with its time, this one last."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if config.history:
        return f"{config.history}\n{now} marsdisk resume"
    settings = [word for text in config.overrides for word in ("--set", text)]
    return f"{now} {shlex.join(['marsdisk', 'run', config.path.name, *settings])}"


def run_attributes(config: Config, threads: int) -> dict[str, str | int]:
    """Global attributes of a run that are known before it starts."""
    build = _build_info
    return {
        "Conventions": "CF-1.11",
        "title": f"marsdisk {config.kind} run '{config['run']['name']}'",
        "source": f"marsdisk {__version__}",
        "history": history(config),
        "references": references(config),
        "comment": "years are Julian years of 365.25 d",
        "namelist": write_namelist(config),
        "input_files": input_files(config),
        "marsdisk_version": __version__,
        "git_hash": build.GIT_HASH,
        "compiler": f"{build.COMPILER} {build.COMPILER_VERSION}",
        "flags": build.FLAGS,
        "host": platform.node() or "unknown",
        "threads": threads,
    }
