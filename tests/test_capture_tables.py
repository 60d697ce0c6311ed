# SPDX-License-Identifier: BSD-3-Clause
"""Tables of the captured entries: their numbers are those of the file."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from capture_files import AU, CASES, GRID, YEAR, column, make
from marsdisk import plots
from marsdisk.errors import InputError
from marsdisk.output import capture_tables


def rows_of(table: str) -> list[dict[str, str]]:
    """Rows of a table in Markdown by the heads of its columns."""
    lines = [[cell.strip() for cell in line.strip("|\n").split("|")]
             for line in table.splitlines() if line.startswith("|")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def test_tables_hold_the_numbers_of_the_file(tmp_path: Path) -> None:
    path = make(tmp_path / "planar.nc", GRID)
    captured = np.flatnonzero(column(path, "outcome") == 1)
    evolution = rows_of(capture_tables.evolution_table(path))
    energy = rows_of(capture_tables.energy_table(path))
    assert len(evolution) == len(energy) == len(captured)
    heads = (("u [AU/yr]", "u", 1.0, 1e-9), ("v [AU/yr]", "v", 1.0, 1e-9),
             ("e_end [1]", "e_end", 1.0, 5.1e-7), ("tau_1/2 [yr]", "tau_half", 1.0, 5.1e-6),
             ("tau_1 [yr]", "tau_1", 1.0, 5.1e-6), ("tau_2 [yr]", "tau_2", 1.0, 5.1e-6),
             ("T_L [yr]", "lifetime", 1.0, 5.1e-6),
             ("Delta eps [AU^2/yr^2]", "delta_energy", (YEAR / AU) ** 2, 5.1e-7),
             ("Delta eps [1e6 J/kg]", "delta_energy", 1e-6, 5.1e-6),
             ("h [1e13 J/m^2]", "heating", 1e-13, 5.1e-6),
             ("h_body [1e13 J/m^2]", "heating_body", 1e-13, 5.1e-6))
    for head, name, factor, rounding in heads:
        values = factor * column(path, name)[captured]
        for rows in (evolution, energy):
            for row, value in zip(rows, values, strict=True):
                if head in row and np.isfinite(value):
                    assert abs(float(row[head]) - value) < rounding
                elif head in row:
                    assert row[head] == ("in orbit" if name == "lifetime" else "\N{EM DASH}")
    assert set(evolution[0]) | set(energy[0]) == {head for head, *_ in heads}
    written, = plots.plot(path, ["tables"], tmp_path, "pdf")
    text = written.read_text(encoding="utf-8")
    assert written.name == "planar_tables.md"
    assert capture_tables.evolution_table(path) in text
    assert capture_tables.energy_table(path) in text


def test_tables_tell_the_entries_apart(tmp_path: Path) -> None:
    heads = {case: list(rows_of(capture_tables.energy_table(
        make(tmp_path / f"{case}.nc", CASES[case])))[0])[2:-4]
        for case in ("planar", "spatial", "gas")}
    assert heads["planar"] == [] and heads["spatial"] == ["w [AU/yr]"]
    assert heads["gas"] == ["tau_gas [yr]", "t_gas [yr]"]


def test_tables_without_captures_and_with_many(tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "none.nc", GRID, outcome=lambda n: np.zeros(n, np.int8))
    assert capture_tables.evolution_table(path).endswith("\nNothing was captured.\n")
    path = make(tmp_path / "many.nc", GRID)
    monkeypatch.setattr(capture_tables, "ROWS", 5)
    table = capture_tables.energy_table(path)
    assert len(rows_of(table)) == 5
    left = np.sum(column(path, "outcome") == 1) - 5
    assert table.endswith(f"\n{left} more captured entries are in many.nc.\n")


def test_what_is_no_capture_run(tmp_path: Path) -> None:
    path = make(tmp_path / "changed.nc", GRID)
    with netCDF4.Dataset(path, "a") as data:
        data.renameVariable("heating", "heat")
    with pytest.raises(InputError, match="is no output of a capture run: heating not found"):
        capture_tables.energy_table(path)
    with pytest.raises(InputError, match="cannot be read as netCDF: No such file"):
        capture_tables.energy_table(tmp_path / "none.nc")
