# SPDX-License-Identifier: BSD-3-Clause
"""Hand-over to a long-term model of moon formation: the window it admits, and the JSON file."""

from __future__ import annotations

import json
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.core import constants
from marsdisk.errors import InputError, Problem
from marsdisk.output.contents import Contents, opened
from marsdisk.output.files import replaced
from marsdisk.output.handover_schema import GROUP, VARIABLES

M_MAX = 3.0e-5
"""Heaviest disk from which nothing larger than Phobos and Deimos survives [M_Mars] (Canup & Salmon
2018)."""

ETA = (0.9e-3, 2.7e-3)
"""Surviving over initial mass, smallest and largest of runs 1, 16, 59 of Canup & Salmon (2018) [1]:
scatter of three runs, not a law."""

NOTED = 0.01
"""Share of M_in that moves without being lost, from which it is said [1]."""


def window(m_loss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Initial disk masses that a long-term model admits, shifted by what is lost before it starts.

    The model admits M_PD/eta <= M <= 3e-5 M_Mars, and starts with M = M_0 - Delta M. What only
    changes its place, past the edges or from outside, is its own business.

    Parameters
    ----------
    m_loss
        Delta M (n) [kg].

    Returns
    -------
    upper, lower
        Ends of the window (n) and (n, eta) [kg].
    """
    m_loss = np.asarray(m_loss, dtype=float)
    const = constants()
    lower = const["m_moons"].value / np.array(ETA) + m_loss[:, None]
    return M_MAX * const["m_mars"].value + m_loss, lower


def q_k2_factor(m_loss: np.ndarray, m_start: float) -> np.ndarray:
    """Factor of Q/k2 with which an undiminished disk drives moons as far out, 1 - Delta M/M_0 [1].

    As for `window`, Delta M alone counts. 0 where more is lost than there was: from outside.

    Parameters
    ----------
    m_loss
        Delta M (n) [kg].
    m_start
        M_0, inner disk at the start without the unbound sizes that are removed then [kg].
    """
    m_loss = np.asarray(m_loss, dtype=float)
    return np.maximum(1.0 - m_loss / m_start, 0.0) if m_start > 0.0 else np.ones_like(m_loss)


def moved_note(m_in0: float, m_in: float, m_out: float, m_external: float) -> list[str]:
    """What the reader should know when mass has moved that is not lost; else nothing.

    Parameters
    ----------
    m_in0
        M_in at the start [kg].
    m_in, m_out, m_external
        Mass that moved inward past r_in or fell on Mars, passed r_out, came from outside [kg].
    """
    moved = {"moved inward past r_in or fell on Mars": m_in, "moved outward past r_out": m_out,
             "came from outside": m_external}
    told = [f"{mass / m_in0:.1%} {what}" if m_in0 > 0.0 else f"{mass:.3g} kg {what}"
            for what, mass in moved.items() if mass > NOTED * m_in0]
    whole = "of M_in" if m_in0 > 0.0 else "M_in was 0 at the start;"
    note = (f"{whole} {', '.join(told)}: M_in' and L_in' already hold what a long-term model "
            "counts itself; the window and Q/k2 count Delta M alone")
    return [note] if told else []


def read_group(path: Path) -> tuple[Contents, dict[str, np.ndarray]]:
    """Contents of a file and the values of its group 'handover' by name.

    Raises
    ------
    InputError
        The file is no output of a disk run that has reached its end.
    """
    with opened(path) as (data, contents):
        if GROUP not in data.groups:
            what, expected = "has no hand-over", "expected a disk run"
            if not contents.complete:
                expected = (contents.text("stop_reason") if contents.failed else
                            f"the run is not complete, go on with: marsdisk resume {path}")
            raise InputError([Problem(str(path), "", what, expected)])
        group: netCDF4.Group = data.groups[GROUP]
        return contents, {v.name: np.ma.getdata(group[v.name][...]) for v in VARIABLES}


def as_json(contents: Contents, values: dict[str, np.ndarray]) -> str:
    """The hand-over as JSON: variables with units, meaning and dimensions, and where it is from."""
    told = ("marsdisk_version", "git_hash", "stop_reason", "history", "input_files", "references",
            "warnings", "namelist")
    page = {
        "format": "marsdisk handover",
        "run": contents.name,
        "variables": {
            v.name: {"units": v.units, "long_name": v.long_name, "dimensions": v.dimensions,
                     "values": values[v.name].tolist()}
            for v in VARIABLES
        },
        "provenance": {name: contents.text(name) for name in told},
    }
    return json.dumps(page, indent=1, allow_nan=False) + "\n"


def write_json(path: Path, text: str, new: bool) -> None:
    """Write JSON text aside and rename it; `new`: not over a file that has appeared since."""
    with replaced(path, new) as aside:
        Path(aside).write_text(text, encoding="utf-8")
