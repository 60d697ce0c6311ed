# SPDX-License-Identifier: BSD-3-Clause
"""Laws of cooling, tables made from them, conversion of a user's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from marsdisk.cli.prep_temperature import command
from marsdisk.config.tables import read_table
from marsdisk.errors import InputError
from marsdisk.prep.temperature import (
    SIGMA_SB,
    YEAR,
    Lamp,
    hotspot_temperature,
    impact_heating,
    read_columns,
)
from scipy.integrate import solve_ivp
from scipy.interpolate import PchipInterpolator


@pytest.mark.parametrize(("t0", "years"), [(3000.0, 4.916), (4000.0, 6.112), (5000.0, 6.538)])
def test_slab_reaches_2000_kelvin(t0: float, years: float) -> None:
    lamp = Lamp("slab", t0)
    assert lamp.time_at(2000.0) / YEAR == pytest.approx(years, abs=5e-4)
    assert lamp.temperature_at(lamp.time_at(2000.0)) == pytest.approx(2000.0, rel=1e-12)


@pytest.mark.parametrize(("t0", "days"), [(3000.0, 756.0), (4000.0, 478.0), (5000.0, 294.0)])
def test_linear_reaches_2000_kelvin(t0: float, days: float) -> None:
    lamp = Lamp("linear", t0)
    assert lamp.time_at(2000.0) / 86400.0 == pytest.approx(days, abs=0.6)
    assert lamp.temperature_at(lamp.time_at(2000.0)) == pytest.approx(2000.0, rel=1e-12)


@pytest.mark.parametrize("f_lim", [0.0, 300.0, 3.0e6, 1.0e9])
def test_slab_solves_its_equation(f_lim: float) -> None:
    lamp = Lamp("slab", 4000.0, layer_depth=3.0e4, f_lim=f_lim)
    limit = f_lim or np.inf

    def rate(_: float, t: np.ndarray) -> np.ndarray:
        return -np.minimum(SIGMA_SB * t**4, limit) / lamp.heat

    times = np.linspace(0.0, 5.0 * YEAR, 20)
    solution = solve_ivp(rate, (0.0, times[-1]), [4000.0], t_eval=times, rtol=1e-10, atol=1e-8,
                         max_step=0.01 * YEAR)
    assert np.allclose(lamp.temperature_at(times), solution.y[0], rtol=1e-7)


def test_floor_and_constant() -> None:
    times = np.array([0.0, 10.0, 1000.0]) * YEAR
    assert Lamp("slab", 4000.0, t_floor=1500.0).temperature_at(times)[-1] == 1500.0
    assert (Lamp("constant", 1234.0).temperature_at(times) == 1234.0).all()
    assert (Lamp("slab", 1000.0, t_floor=1500.0).temperature_at(times)[0]) == 1000.0


def test_starts() -> None:
    assert impact_heating(7000.0) == pytest.approx(6125.0)
    assert hotspot_temperature(6000.0, 0.1, 1000.0) == pytest.approx(3379.89, abs=0.01)


@pytest.mark.parametrize(
    "lamp",
    [Lamp("slab"), Lamp("slab", 6000.0, f_lim=5e6), Lamp("linear", t_floor=1000.0)],
)
def test_default_table_carries_the_law(lamp: Lamp) -> None:
    """The disk model interpolates monotonically between rows."""
    time, temperature = lamp.table(10.0 * YEAR, 201)
    fine = np.linspace(0.0, 10.0 * YEAR, 5001)
    found = PchipInterpolator(time, temperature)(fine)
    assert np.abs(found - lamp.temperature_at(fine)).max() < 0.5


def test_kinks_are_rows() -> None:
    lamp = Lamp("slab", 6000.0, t_floor=2000.0, f_lim=5e6)
    time, temperature = lamp.table(20.0 * YEAR, 11)
    assert time.size == 14
    assert np.isclose(temperature, (5e6 / SIGMA_SB) ** 0.25).any()
    assert (np.diff(time) > 0.0).all()


def test_command_writes_what_the_run_reads(tmp_path: Path) -> None:
    path = tmp_path / "mars.txt"
    options = ["--t0", "3000", "--t-end", "6", "--to", str(path)]
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 0, result.output
    table = read_table("temperature", path)
    assert table.x[0] == 0.0
    assert table.x[-1] == pytest.approx(6.0 * YEAR)
    assert np.allclose(table.z, Lamp("slab", 3000.0).temperature_at(table.x), rtol=1e-7)
    again = CliRunner().invoke(command, options)
    assert "exists already" in str(again.exception)
    assert CliRunner().invoke(command, [*options, "--force"]).exit_code == 0


def test_command_starts_from_an_impact() -> None:
    options = ["--v-impact", "5000", "--t-base", "300", "--law", "constant", "--rows", "2"]
    result = CliRunner().invoke(command, options)
    assert result.output.splitlines()[-1].split() == ["10", "3425"]


@pytest.mark.parametrize("unit", ["s", "d", "yr"])
def test_conversion(tmp_path: Path, unit: str) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.txt"
    source.write_text("# mine\ntime;T\n5;4000\n6;3500.5\n8;3000\n")
    options = ["--from", str(source), "--time-unit", unit, "--from-first", "--to", str(target)]
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 0, result.output
    table = read_table("temperature", target)
    seconds = {"s": 1.0, "d": 86400.0, "yr": YEAR}[unit]
    assert np.allclose(table.x, np.array([0.0, 1.0, 3.0]) * seconds, rtol=1e-10)
    assert table.z.tolist() == [4000.0, 3500.5, 3000.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 4000\n2 3000\n1 2000\n", ":3: time: 1 does not increase"),
        ("0 4000\n1 -5\n", "temperature: -5 is not allowed"),
        ("0 4000\n1 nan\n", "temperature: nan is not allowed"),
        ("0 4000\nnan 10\n", "time: nan is not allowed"),
        ("t T\nunits K\n0 4000\n1 3000\n", ":2: 'units K' is not two numbers"),
        ("0 4000\n", "1 rows"),
        ("3 4000\n4 3000\n", "--from-first"),
        ("0 4000\n1\n", ":2: '1' is not two numbers"),
    ],
)
def test_bad_columns(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "in.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_columns(path, "s")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "no.txt", "--time-unit", "s"], "No such file"),
        (["--from", "no.txt"], "--time-unit: is missing"),
        (["--time-unit", "s"], "expected --from FILE"),
        (["--t0", "3000", "--v-impact", "7000"], "--v-impact: the start follows from --t0"),
        (["--law", "hotspot", "--t0", "3000"], "the start follows from --law hotspot"),
        (["--law", "linear"], "reaches 0 K after 2.62"),
        (["--v-impact", "70000"], "Mars starts at 612500 K"),
        (["--to", "no/where.txt"], "there is no directory 'no'"),
    ],
)
def test_bad_options(options: list[str], message: str) -> None:
    error = CliRunner().invoke(command, options).exception
    assert isinstance(error, InputError)
    assert message in str(error)


@pytest.mark.parametrize(("options", "useless"), [
    ("--law slab --t-hot 5000", {"--t-hot": "--law hotspot"}),
    ("--t-hot 6000 --f-hot 0.1 --t-base 300", {"--t-hot": "--law hotspot",
                                               "--f-hot": "--law hotspot",
                                               "--t-base": "--v-impact"}),
    ("--law constant --layer-depth 1e5 --f-lim 0 --layer-cp 900", {
        "--layer-depth": "slab or linear", "--f-lim": "slab or linear",
        "--layer-cp": "slab or linear"}),
    ("--law hotspot --t-base 300", {"--t-base": "--v-impact"}),
    ("--from no.txt --time-unit s --law linear --rows 3", {"--law": "--from", "--rows": "--from"}),
])
def test_options_that_would_have_no_effect_are_refused(
    options: str, useless: dict[str, str]
) -> None:
    """All at once, also with the value that they have by default."""
    error = CliRunner().invoke(command, options.split()).exception
    assert isinstance(error, InputError)
    assert {problem.place for problem in error.problems} == set(useless)
    for problem in error.problems:
        assert "has no effect" in str(problem)
        assert useless[problem.place] in str(problem)


@pytest.mark.parametrize("options", [
    "--law hotspot --t-hot 5000 --layer-depth 5e4",
    "--law constant --v-impact 5000 --t-base 300 --layer-cp 900",
    "--law linear --t-end 0.5 --f-lim 1e6 --rows 3",
    "--t-floor 1000 --t0 3000",
])
def test_options_of_the_law_are_taken(options: str) -> None:
    assert CliRunner().invoke(command, options.split()).exit_code == 0
