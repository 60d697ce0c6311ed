# SPDX-License-Identifier: BSD-3-Clause
"""Tables of the captured entries of a capture run, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.errors import InputError, Problem

ROWS = 2000
"""Rows of a table at most; longer ones end with how many are left out."""

NONE = "\N{EM DASH}"
"""What stands for a time that was not reached."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    head
        Name and unit, in Markdown.
    variable
        Variable of the file.
    digits
        Decimals; None = significant digits as needed.
    factor
        Converts the unit of the file to that of the table [1].
    missing
        What stands where there is no value.
    """

    head: str
    variable: str
    digits: int | None
    factor: float = 1.0
    missing: str = NONE

    def text(self, value: float) -> str:
        """An entry of the column."""
        if not np.isfinite(value):
            return self.missing
        return f"{value:.6g}" if self.digits is None else f"{value:.{self.digits}f}"


ENTRY = (Column("u [AU/yr]", "u", None), Column("v [AU/yr]", "v", None),
         Column("w [AU/yr]", "w", None), Column("tau_gas [yr]", "tau_gas", None),
         Column("t_gas [yr]", "t_gas", None))
"""What tells the entries apart; the last three only where they do."""


def evolution_table(path: Path) -> str:
    """How the orbits of the captured entries shrank and how long that took.

    Parameters
    ----------
    path
        Output file of a capture run.

    Returns
    -------
    str
        Table in Markdown with a caption: eccentricity at the end [1], times from e = 0.99 to
        e^-1/2, e^-1 and e^-2 [yr], lifetime [yr].

    Raises
    ------
    InputError
        No such file, or no output of a capture run.
    """
    columns = (Column("e_end [1]", "e_end", 6), Column("tau_1/2 [yr]", "tau_half", 5),
               Column("tau_1 [yr]", "tau_1", 5), Column("tau_2 [yr]", "tau_2", 5),
               Column("T_L [yr]", "lifetime", 5, missing="in orbit"))
    caption = ("Captured entries: eccentricity at the end, times in which it decayed from 0.99 to "
               "e^-1/2, e^-1 and e^-2, lifetime.")
    return _table(path, caption, lambda data: columns)


def energy_table(path: Path) -> str:
    """Energy that the captured entries gave up, and the heating it amounts to.

    Parameters, result and errors are those of `evolution_table`; the columns are the energy given
    up [AU2 yr-2] and [1e6 J kg-1], and the heating [1e13 J m-2] by the convention of the source
    and with the mass and radius of the body.
    """
    def columns(data: netCDF4.Dataset) -> Sequence[Column]:
        squared = (float(data["au"][...]) / float(data["julian_year"][...])) ** 2
        return (Column("Delta eps [AU^2/yr^2]", "delta_energy", 6, 1.0 / squared),
                Column("Delta eps [1e6 J/kg]", "delta_energy", 5, 1.0e-6),
                Column("h [1e13 J/m^2]", "heating", 5, 1.0e-13),
                Column("h_body [1e13 J/m^2]", "heating_body", 5, 1.0e-13))

    caption = ("Captured entries: energy given up; heating of a body of 1e16 kg and 10 km (h) and "
               "of the body of the run (h_body) if all of it went there.")
    return _table(path, caption, columns)


def _table(path: Path, caption: str, columns: Callable[[netCDF4.Dataset], Sequence[Column]]) -> str:
    try:
        with netCDF4.Dataset(path) as data:
            captured = _captured(data)
            shown = [*_entry(data), *columns(data)]
            values = [column.factor * _column(data, column.variable)[captured] for column in shown]
    except OSError as error:
        what = f"cannot be read as netCDF: {error.strerror or error}"
        raise InputError([Problem(str(path), "", what, "expected the output of a run")]) from error
    except IndexError as error:  # netCDF4's word for a variable that is not there
        what = f"is no output of a capture run: {error}"
        raise InputError([Problem(str(path), "", what)]) from error
    heads = [column.head for column in shown]
    lines = [caption, "", _row(heads), _row(["---:"] * len(heads))]
    rows = list(zip(*values, strict=True))
    lines += [_row([column.text(value) for column, value in zip(shown, row, strict=True)])
              for row in rows[:ROWS]]
    if not rows:
        lines += ["", "Nothing was captured."]
    elif len(rows) > ROWS:
        lines += ["", f"{len(rows) - ROWS} more captured entries are in {path.name}."]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _column(data: netCDF4.Dataset, name: str) -> np.ndarray:
    return np.ma.filled(data[name][...].astype(float), np.nan)


def _captured(data: netCDF4.Dataset) -> np.ndarray:
    """Which entries were captured (case)."""
    outcome = data["outcome"]
    code = outcome.flag_meanings.split().index("captured")
    return np.ma.filled(outcome[...] == outcome.flag_values[code], False)


def _entry(data: netCDF4.Dataset) -> list[Column]:
    """Columns that tell the entries apart."""
    return [column for column in ENTRY if column.variable in ("u", "v")
            or column.variable in data.variables and np.any(data[column.variable][...] != 0.0)]
