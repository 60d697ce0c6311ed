# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk check` tells converged results from others."""

from __future__ import annotations

from pathlib import Path

import pytest
from marsdisk.cli.main import main

ROOT = Path(__file__).parents[1]


def check(capsys: pytest.CaptureFixture[str], *overrides: str) -> tuple[int, str]:
    """Exit code and output of a check of the quick example with overrides."""
    sets = [word for override in overrides for word in ("--set", override)]
    with pytest.raises(SystemExit) as stop:
        main(["check", str(ROOT / "namelists/quick.nml"), *sets])
    return stop.value.code or 0, capsys.readouterr().out


def test_a_converged_run_passes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = check(capsys, "grains.n_bin=60", "rings.n_ring=12", "stop.t_end=0.5")
    assert code == 0
    assert "MOVES" not in out
    judged = [line for line in out.splitlines() if line.endswith("ok")]
    assert [line.split()[0] for line in judged] == ["rtol"] * 2 + ["bins"] * 2 + ["rings"] * 2


def test_too_few_bins_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = check(capsys, "grains.n_bin=8", "stop.t_end=0.05")
    assert code == 4
    assert any(line.startswith("bins x 2") and "MOVES TOO MUCH" in line
               for line in out.splitlines())


def test_what_transport_moves_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve rings are too few for the flow through the edges, though not for the loss."""
    code, out = check(capsys, "transport.viscosity=disk", "rings.n_ring=12", "stop.t_end=0.5")
    assert code == 4
    verdicts = {(line[11:22].strip(), line[:11].strip()): line for line in out.splitlines()}
    for finer in ("step / 2", "rtol / 10", "bins x 2", "rings x 2"):
        assert all(verdicts[name, finer].endswith(("ok", "TOO MUCH"))
                   for name in ("m_in", "m_out", "m_disk"))
    assert verdicts["m_in", "rings x 2"].endswith("MOVES TOO MUCH")
    assert verdicts["m_loss", "rings x 2"].endswith("ok")


def test_steps_that_end_at_output_times_are_halved_too(capsys: pytest.CaptureFixture[str]) -> None:
    """A step that may move everything reaches from one output time to the next."""
    _, out = check(capsys, "transport.viscosity=disk", "transport.step=1", "output.n_out=8",
                   "output.spacing=linear")
    rows = {line[11:22].strip(): line.split() for line in out.splitlines()
            if line.startswith("step / 2")}
    changes = {name: abs(float(row[6])) for name, row in rows.items() if name in ("m_in", "m_out")}
    assert all(0.0 < change < 1e-2 for change in changes.values()) and len(changes) == 2


def test_what_stays_is_not_judged_without_transport(capsys: pytest.CaptureFixture[str]) -> None:
    out = check(capsys, "stop.t_end=0.001")[1]
    assert "m_disk" not in out and "m_in" not in out


def test_bad_input_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, "grains.n_bim=8")[0] == 2


def test_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    check(capsys, "stop.t_end=0.001")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_finer_is_said_and_the_rest_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The least tolerance; a table that ends at the centre of the outermost ring."""
    code, out = check(capsys, "numerics.rtol=1e-13", "stop.t_end=0.001")
    assert "not compared: rtol / 10 (numerics.rtol: 1.0e-14 is out of range" in out
    assert code in (0, 4) and "bins x 2" in out
    table = tmp_path / "sigma.csv"
    table.write_text("r_rmars,sigma_kg_m2\n1.2,1e5\n2.5,1e5\n")
    out = check(capsys, f"deep.table={table}", "rings.n_ring=4", "stop.t_end=0.001")[1]
    assert "not compared: rings x 2 (deep.table: " in out and "bins x 2" in out
