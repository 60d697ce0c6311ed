# SPDX-License-Identifier: BSD-3-Clause
"""Where the numbers of a file come from: version, build, machine, input files, literature."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime
from pathlib import Path

from marsdisk import __version__, _build_info
from marsdisk.config.read import Config
from marsdisk.config.write import write_namelist

REFERENCES = {
    "disk": (
        "Hyodo et al. (2017, ApJ 845, 125; 2018, ApJ 860, 150): debris disk and blow-out; "
        "Canup & Salmon (2018, Sci. Adv. 4, eaar6887): long-term model; "
        "Burns, Lamy & Soter (1979, Icarus 40, 1): radiation pressure; "
        "Krivov, Loehne & Sremcevic (2006, A&A 455, 509): collision rates; "
        "Benz & Asphaug (1999, Icarus 142, 5), Leinhardt & Stewart (2012, ApJ 745, 79): outcomes; "
        "Rafikov, Silsbee & Booth (2020, ApJS 247, 65): O(n^2) fragmentation; "
        "van Lieshout, Min & Dominik (2014, A&A 572, A76): sublimation; "
        "Hairer & Wanner (1996, Solving ODEs II): RODAS"
    ),
    "capture": (
        "Hunten (1979, Icarus 37, 113): capture by drag in a primordial atmosphere; "
        "King-Hele (1964, Theory of satellite orbits in an atmosphere): decay of orbits by drag; "
        "Murray & Dermott (1999, Solar System Dynamics): Hill's equations, elements; "
        "Kaula (1964, Rev. Geophys. 2, 661): tides; "
        "Jacobson (2010, AJ 139, 668): orbits of Phobos and Deimos; "
        "Jorba & Zou (2005, Exp. Math. 14, 99): Taylor integrator; "
        "Hairer, Norsett & Wanner (1993, Solving ODEs I): DOP853"
    ),
}
"""Sources of the physics and of the numerics, by kind of run."""


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


def run_attributes(config: Config, threads: int) -> dict[str, str | int]:
    """Global attributes of a run that are known before it starts."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    build = _build_info
    return {
        "Conventions": "CF-1.11",
        "title": f"marsdisk {config.kind} run '{config['run']['name']}'",
        "source": f"marsdisk {__version__}",
        "history": f"{now} marsdisk run {config.path.name}",
        "references": REFERENCES[config.kind],
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
