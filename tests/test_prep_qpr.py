# SPDX-License-Identifier: BSD-3-Clause
"""Mie efficiencies, their Planck means, the shipped table and the readers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from marsdisk.cli.prep_qpr import command
from marsdisk.errors import InputError
from marsdisk.prep.mie import X_MIE, efficiencies, geometric_optics, mie
from marsdisk.prep.optical import (
    FORSTERITE_FILES,
    OpticalConstants,
    read_all_optical_constants,
    read_optical_constants,
)
from marsdisk.prep.qpr import (
    C2,
    SHIPPED_TABLE,
    QprTable,
    default_sizes,
    default_temperatures,
    planck_means,
    planck_share,
    read_qpr_table,
    share_outside,
)
from netCDF4 import Dataset
from scipy.optimize import brentq

GM, R_MARS, C, SIGMA = 4.282837e13, 3.3895e6, 2.99792458e8, 5.670374419e-8
RHO = 3270.0
INDICES = (1.65 + 0j, 1.65 + 1e-4j, 1.65 + 1e-3j, 1.7 + 0.1j, 3 + 4j, 0.5 + 0.1j, 1.1 + 0.01j)


@pytest.fixture(scope="module")
def axes() -> tuple[OpticalConstants, ...]:
    return read_all_optical_constants(FORSTERITE_FILES)


@pytest.fixture(scope="module")
def shipped() -> QprTable:
    return read_qpr_table()


def constant(n: float, k: float) -> OpticalConstants:
    """Material whose refractive index is the same everywhere."""
    wavelength = np.geomspace(1e-2, 1e4, 20)
    return OpticalConstants(Path("c"), wavelength, np.full(20, n), np.full(20, k), "")


# --- one sphere -----------------------------------------------------------------------------


@pytest.mark.parametrize("index", INDICES)
def test_geometric_optics_and_edge_agree_with_mie(index: complex) -> None:
    for centre in (3.0e3, 1.0e4, 1.0e5):
        x = centre * np.linspace(0.9, 1.1, 60 if centre < 5e4 else 8)
        expected = mie(index, x).mean(axis=1)
        difference = np.abs(efficiencies(index, x).mean(axis=1) - expected)
        assert (difference < 1.0e-3 * np.maximum(expected, 1.0)).all()


@pytest.mark.parametrize("index", INDICES)
def test_no_jump_at_the_switch(index: complex) -> None:
    """The ripple of one sphere, here averaged over some ten periods, leaves 2e-3."""
    below = efficiencies(index, X_MIE * np.linspace(0.95, 1.0, 200)).mean(axis=1)
    above = efficiencies(index, X_MIE * np.linspace(1.0001, 1.05, 200)).mean(axis=1)
    slope = np.abs(np.diff(geometric_optics(index, X_MIE * np.array([0.975, 1.025])), axis=1))
    assert (np.abs(above - below) <= slope[:, 0] + 2.0e-3).all()


def test_transparent_sphere_absorbs_nothing_at_any_size() -> None:
    q_pr, q_ext, q_abs = efficiencies(1.6 + 0j, np.geomspace(1e-4, 1e9, 60))
    assert np.all(q_abs < 1e-9)
    assert q_ext[-1] == pytest.approx(2.0, abs=1e-5)
    assert 0.0 < q_pr[-1] < 1.0


def test_total_reflection_is_finite() -> None:
    q = geometric_optics(0.7 + 0j, np.array([1e3, 1e6]))
    assert np.isfinite(q).all()
    assert np.allclose(q[2], 0.0, atol=1e-10)


def test_perfect_absorber_has_unit_q_pr() -> None:
    # Small contrast, so that hardly anything is reflected, and opaque.
    q_pr, q_ext, q_abs = efficiencies(1.01 + 0.01j, np.array([1e8]))[:, 0]
    assert q_pr == pytest.approx(1.0, abs=0.02)
    assert q_abs == pytest.approx(1.0, abs=0.02)
    assert q_ext == pytest.approx(2.0, abs=1e-4)


def test_rayleigh_limit() -> None:
    index = 1.6 + 0.05j
    x = np.array([1e-3, 2e-3])
    q_abs = efficiencies(index, x)[2]
    assert q_abs[0] == pytest.approx(4 * x[0] * ((index**2 - 1) / (index**2 + 2)).imag, rel=1e-4)
    assert q_abs[1] / q_abs[0] == pytest.approx(2.0, rel=1e-4)


# --- Planck means -----------------------------------------------------------------------------


def test_planck_share() -> None:
    # Wien's displacement law: 25.005 % below the peak; median at 4107.3 um K.
    assert planck_share(2.897771955e-3, 1.0) == pytest.approx(0.25005, abs=1e-5)
    assert planck_share(4.1073e-3, 1.0) == pytest.approx(0.5, abs=1e-5)
    across = [planck_share(C2 / x, 1.0) for x in (0.99999, 1.00001)]
    assert across[0] == pytest.approx(across[1], rel=1e-5)
    assert planck_share(1.0, 1e4) == pytest.approx(1.0, abs=1e-9)


def test_direct_quadrature(axes: tuple[OpticalConstants, ...]) -> None:
    """Another grid, another rule, another normalisation, Mie theory alone."""
    wavelength = np.geomspace(0.1, 400.0, 30001)
    size, temperature = np.array([2e-7, 2e-6]), np.array([1500.0, 4000.0])
    table = planck_means(axes[:1], size, temperature, 1e-3)
    planck = wavelength**-5.0 / np.expm1(C2 / (1e-6 * wavelength * temperature[:, None]))
    index = axes[0].index(wavelength, 1e-3)
    for i, radius in enumerate(size):
        x = 2e6 * np.pi * radius / wavelength
        q = np.array([mie(m, np.array([a]))[:, 0] for m, a in zip(index, x, strict=True)]).T
        for j in range(2):
            norm = np.trapezoid(planck[j], wavelength)
            expected = np.trapezoid(q * planck[j], wavelength) / norm
            got = [table.q_pr[i, j], table.q_ext[i, j], table.q_abs[i, j]]
            assert np.allclose(got, expected, rtol=3e-4)


@pytest.mark.parametrize("k", [1e-4, 1e-3])
def test_means_across_the_switch_agree_with_mie(k: float) -> None:
    """Radii for which Mie theory serves most and little of the spectrum."""
    wavelength = np.geomspace(0.15, 60.0, 4001)
    size = np.array([5e-5, 3e-4])
    table = planck_means([constant(1.65, k)], size, np.array([2000.0, 4000.0]), 0.0)
    planck = wavelength**-4.0 / np.expm1(C2 / (1e-6 * wavelength * 4000.0))
    for i, radius in enumerate(size):
        q = mie(1.65 + 1j * k, 2e6 * np.pi * radius / wavelength)
        expected = q @ planck / planck.sum()
        got = [table.q_pr[i, 1], table.q_ext[i, 1], table.q_abs[i, 1]]
        assert np.allclose(got, expected, rtol=0.0, atol=1e-3)


def test_limits_of_the_means() -> None:
    size = np.array([1e-9, 2e-9, 1.0])
    table = planck_means([constant(1.6, 0.05)], size, np.array([1000.0, 2000.0]), 0.0, step=0.02)
    assert np.allclose(table.q_abs[1] / table.q_abs[0], 2.0, rtol=1e-3)
    assert np.allclose(table.q_ext[2], 2.0, atol=1e-3)
    assert np.allclose(table.q_abs[2], geometric_optics(1.6 + 0.05j, np.array([1e9]))[2], atol=1e-3)


def test_floor_of_k_and_axes_are_averages() -> None:
    where = np.array([1e-6]), np.array([2000.0, 3000.0])
    first, second = constant(1.5, 0.0), constant(1.8, 0.2)
    both = planck_means([first, second], *where, 1e-3, step=0.02)
    single = [planck_means([axis], *where, 0.0, step=0.02)
              for axis in (constant(1.5, 1e-3), second)]
    assert np.allclose(both.q_pr, 0.5 * (single[0].q_pr + single[1].q_pr), rtol=1e-12)


def test_share_outside_the_files() -> None:
    wavelength = np.geomspace(1.0, 10.0, 20)
    short = OpticalConstants(Path("s"), wavelength, np.full(20, 1.5), np.full(20, 0.1), "")
    share = share_outside([short], np.array([2000.0]))[0]
    assert share == pytest.approx(planck_share(1e-6, 2000.0) + 1 - planck_share(1e-5, 2000.0))
    with pytest.raises(InputError, match="lies outside the file"):
        planck_means([short], np.array([1e-6]), np.array([300.0, 2000.0]))


# --- the shipped table --------------------------------------------------------------------------


def test_shipped_table(shipped: QprTable) -> None:
    assert shipped.size[[0, -1]] == pytest.approx([1e-8, 10.0])
    assert shipped.temperature[[0, -1]] == pytest.approx([300.0, 6500.0])
    assert np.allclose(shipped.size, default_sizes())
    assert np.allclose(shipped.temperature, default_temperatures())
    assert shipped.attributes["k_min"] == 1e-3
    for axis in FORSTERITE_FILES:
        assert read_optical_constants(axis).sha256 in shipped.attributes["optical_constants"]
    assert np.allclose(shipped.q_ext[-1], 2.0, atol=1e-3)
    assert (shipped.q_abs <= shipped.q_ext * (1.0 + 1e-3)).all()
    assert (shipped.q_pr <= shipped.q_ext * (1.0 + 1e-3)).all()


def test_shipped_table_is_what_the_code_makes_and_interpolates_well(
    shipped: QprTable, axes: tuple[OpticalConstants, ...]
) -> None:
    """Nodes, and the middles of cells, where linear interpolation is worst."""
    i, j = np.array([60, 152, 300, 400]), np.array([5, 60, 110, 150])
    for size, temperature in (
        (shipped.size[i], shipped.temperature[j]),
        (np.sqrt(shipped.size[i] * shipped.size[i + 1]),
         0.5 * (shipped.temperature[j] + shipped.temperature[j + 1])),
    ):
        table = planck_means(axes, size, temperature, 1e-3)
        for name in ("q_pr", "q_ext", "q_abs"):
            exact = getattr(table, name)
            found = shipped.interpolate(name, size[:, None], temperature[None, :])
            assert (np.abs(found - exact) < 1e-3 * np.maximum(exact, 1e-3)).all()


def test_shipped_table_is_smooth_in_size(shipped: QprTable) -> None:
    """Distance of each node from the line between its neighbours, where Mie theory ends."""
    large = shipped.size > 2e-5
    ln_s = np.log(shipped.size[large])
    for name in ("q_pr", "q_ext", "q_abs"):
        q = getattr(shipped, name)[large]
        share = ((ln_s[1:-1] - ln_s[:-2]) / (ln_s[2:] - ln_s[:-2]))[:, None]
        line = q[:-2] + share * (q[2:] - q[:-2])
        assert np.abs(line / q[1:-1] - 1.0).max() < 2e-3


def test_outside_the_table_is_an_error(shipped: QprTable) -> None:
    with pytest.raises(ValueError, match="outside"):
        shipped.interpolate("q_pr", 5e-9, 1000.0)
    with pytest.raises(ValueError, match="outside"):
        shipped.interpolate("q_pr", 1e-6, 200.0)


def beta(table: QprTable, size: float | np.ndarray, temperature: float) -> np.ndarray:
    q_pr = table.interpolate("q_pr", size, temperature)
    return 3 * SIGMA * temperature**4 * R_MARS**2 * q_pr / (4 * GM * C * RHO * size)


def test_blow_out_of_forsterite(shipped: QprTable) -> None:
    def bound_below(size: float | np.ndarray) -> float:
        return brentq(lambda t: np.max(beta(shipped, size, t)) - 0.5, 2000.0, 4500.0)

    assert bound_below(1e-7) == pytest.approx(2950.0, abs=10.0)
    assert bound_below(2e-7) == pytest.approx(2490.0, abs=10.0)
    assert bound_below(shipped.size) == pytest.approx(2280.0, rel=0.01)
    assert (beta(shipped, np.array([1e-8, 2e-8, 3e-8]), 4000.0) < 0.5).all()


def test_grain_temperature_in_balance(
    shipped: QprTable, axes: tuple[OpticalConstants, ...]
) -> None:
    """Grain of 1 um, Mars at 4000 K, 1.85 R_Mars, with the dilution of an extended lamp."""
    dilution = 0.5 * (1.0 - np.sqrt(1.0 - 1.85**-2))
    size, temperature = np.array([0.99e-6, 1.01e-6]), default_temperatures(600.0, 4000.0)
    pure = planck_means(axes, size, temperature, 0.0)

    def balance(table: QprTable) -> float:
        gain = dilution * 4000.0**4 * table.interpolate("q_abs", 1e-6, 4000.0)
        return brentq(lambda t: t**4 * table.interpolate("q_abs", 1e-6, t) - gain, 610.0, 3900.0)

    assert balance(pure) == pytest.approx(706.0, abs=10.0)
    assert balance(shipped) == pytest.approx(2343.0, abs=10.0)


# --- files of the user ---------------------------------------------------------------------------

GOOD = [f"{0.1 * 1.9**row:.6f} 1.6 0.01" for row in range(15)]


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (3, "0.5 1.6", ":5: 2 columns"),
        (3, "0.6859 x 0.01", "not three numbers"),
        (3, "0.6859 nan 0.01", "nan is not allowed"),
        (3, "0.6859 0.0 0.01", "expected n > 0"),
        (3, "0.6859 1.6 -0.01", "expected k >= 0"),
        (3, "0.2 1.6 0.01", "does not increase"),
        (0, "1e-7 1.6 0.01", "out of range"),
        (14, "8e5 1.6 0.01", "is the file in nm"),
    ],
)
def test_bad_optical_constants(tmp_path: Path, line: int, text: str, message: str) -> None:
    rows = [*GOOD[:line], text, *GOOD[line + 1:]]
    path = tmp_path / "bad.dat"
    path.write_text("\n".join(["# wavelength n k", *rows]))
    with pytest.raises(InputError, match=message):
        read_optical_constants(path)


def test_all_bad_files_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "short.dat").write_text("\n".join(GOOD[:5]))
    (tmp_path / "binary.dat").write_bytes(b"\xff\xfe\x00\x80")
    (tmp_path / "good.dat").write_text("# comment\n" + "\n".join(GOOD) + "  # end\n")
    names = ("short", "binary", "missing", "good")
    with pytest.raises(InputError) as error:
        read_all_optical_constants([tmp_path / f"{name}.dat" for name in names])
    text = str(error.value)
    assert len(error.value.problems) == 3
    for what in ("5 rows", "not a text file", "No such file"):
        assert what in text


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda file: file["size"].setncattr("units", "um"), "size: is in 'um'"),
        (lambda file: file["q_pr"].delncattr("units"), "q_pr: has no units"),
        (lambda file: file.renameVariable("q_abs", "other"), "q_abs: the variable is missing"),
        (lambda file: file["temperature"].__setitem__(3, 1.0), "not strictly ascending"),
        (lambda file: file["q_pr"].__setitem__((0, 0), np.nan), "missing or infinite"),
        (lambda file: file["q_ext"].__setitem__((0, 0), -1.0), "negative"),
    ],
)
def test_bad_tables(tmp_path: Path, shipped: QprTable, edit, message: str) -> None:
    path = tmp_path / "table.nc"
    shutil.copy(SHIPPED_TABLE, path)
    path.chmod(0o644)
    with Dataset(path, "a") as file:
        edit(file)
    with pytest.raises(InputError, match=message):
        read_qpr_table(path)


def test_not_a_table(tmp_path: Path) -> None:
    path = tmp_path / "table.nc"
    with pytest.raises(InputError, match="No such file"):
        read_qpr_table(path)
    path.write_text("text")
    with pytest.raises(InputError, match="not a netCDF file"):
        read_qpr_table(path)


# --- the command ---------------------------------------------------------------------------------


def test_command_makes_a_table_and_keeps_existing_files(tmp_path: Path) -> None:
    nk, out = tmp_path / "grey.dat", tmp_path / "out.nc"
    nk.write_text("\n".join(f"{0.2 * 1.9**row:.6f} 1.6 0.01" for row in range(11)))
    options = [str(nk), "--size-min", "1e-7", "--size-max", "2e-7", "--t-min", "2000", "--t-max",
               "2100", "--source", "made up", "--to", str(out)]
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 0, result.output
    table = read_qpr_table(out)
    assert table.attributes["references"] == "made up"
    assert table.attributes["Conventions"] == "CF-1.11"
    assert "prep qpr grey.dat" in table.attributes["history"]
    assert table.size[[0, -1]] == pytest.approx([1e-7, 2e-7])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["grey.dat", "out.nc"]
    again = CliRunner().invoke(command, options)
    assert isinstance(again.exception, InputError)
    assert "exists already" in str(again.exception)


def test_command_reports_everything(tmp_path: Path) -> None:
    options = [str(tmp_path / "no.dat"), "--size-min", "1", "--size-max", "1e-3", "--t-min", "500",
               "--t-max", "400", "--to", str(tmp_path / "no" / "out.nc")]
    error = CliRunner().invoke(command, options).exception
    assert isinstance(error, InputError)
    assert len(error.problems) == 4
