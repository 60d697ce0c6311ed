# SPDX-License-Identifier: BSD-3-Clause
"""Every mistake in a capture namelist ends with exit code 2 and a message that says what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from marsdisk.config.read import read_text
from marsdisk.config.tables import read_table
from marsdisk.errors import InputError
from refusal import Bad, refused

RUN = "&run kind='capture' /\n"
LIST = "&start table='t.csv' /"


def bad(text: str, key: str, remedy: str, line: int = 2, *overrides: str) -> Bad:
    """A wrong capture namelist; `line` counts from &run."""
    return Bad(RUN + text, line, key, remedy, overrides)


CASES = {
    # spelling, and keys of the other kind
    "group of a disk": bad("&rings n_ring=4 /", "&rings", "kind = 'capture' has no such group"),
    "misspelt group": bad("&atmospher gas='static' /", "&atmospher", "did you mean &atmosphere?"),
    "misspelt key": bad("&atmosphere rhoref=1. /", "atmosphere.rhoref", "did you mean rho_ref"),
    "key of another group": bad("&start rho_ref=1. /", "start.rho_ref", "atmosphere.rho_ref?"),
    "bad choice": bad("&planet mode='hil' /", "planet.mode", "did you mean 'hill'?"),
    "bad method": bad("&numerics method='rk4' /", "numerics.method", "'taylor' or 'dop853'"),
    "lower-case point": bad("&start point='l1' /", "start.point", "did you mean 'L1'"),
    # mistaken units
    "GM in km": bad("&planet gm=42828.37 /", "planet.gm", "looks like a GM in km3 s-2"),
    "radius in m": bad("&planet radius=3389920. /", "planet.radius", "looks like a radius in m"),
    "distance in km": bad("&planet a_sun=2.279e8 /", "planet.a_sun", "a distance in km"),
    "distance in m": bad("&planet a_sun=2.279e11 /", "planet.a_sun", "a distance in m"),
    "omega in 1/yr": bad("&planet omega=3.34 /", "planet.omega", "an angular speed in yr-1"),
    "body in m": bad("&body radius=1e4 /", "body.radius", "looks like a radius in m"),
    "body in g": bad("&body rho=1.85 /", "body.rho", "looks like a density in g cm-3"),
    "heat in kJ": bad("&body zeta=8100. /", "body.zeta", "looks like a heat in kJ kg-1"),
    "reference in m": bad("&atmosphere r_ref=2e7 /", "atmosphere.r_ref", "a length in m"),
    "height in m": bad(
        "&atmosphere scale_height=1.2e7 /", "atmosphere.scale_height", "a length in m"),
    "fraction in percent": bad(
        "&atmosphere gas_fraction=34. /", "atmosphere.gas_fraction", "a percentage"),
    "loss in s": bad("&atmosphere tau_gas=3e10 /", "atmosphere.tau_gas", "a time in s"),
    "mu in g": bad("&atmosphere mu=2.2 /", "atmosphere.mu", "a molar mass in g mol-1"),
    "start in m": bad("&start x=-1.08e9 /", "start.x", "looks like a length in m"),
    "start in AU": bad("&start x=-0.00723 /", "start.x", "looks like a distance in AU"),
    "velocity in m/s": bad("&start u=47.4,474.,10 /", "start.u", "looks like a speed in m s-1"),
    "time in s": bad("&stop t_max=2.5e8 /", "stop.t_max", "looks like a time in s"),
    "step in s": bad("&numerics dt=300. /", "numerics.dt", "looks like a time in s"),
    "day in s": bad("&tides rotation=88642.6 /", "tides.rotation", "looks like a time in s"),
    "age in Gyr": bad("&tides age=4.5 /", "tides.age", "looks like a time in Gyr"),
    # ranges
    "no height": bad("&atmosphere scale_height=0. /", "atmosphere.scale_height", "> 0"),
    "negative height": bad("&atmosphere scale_height=-1e4 /", "atmosphere.scale_height", "> 0"),
    "negative density": bad("&atmosphere rho_ref=-1. /", "atmosphere.rho_ref", ">= 0"),
    "no body": bad("&body radius=0. /", "body.radius", "> 0"),
    "no time": bad("&stop t_max=0. /", "stop.t_max", "> 0 and <= 1e+06 [yr]"),
    "no eccentricity": bad("&stop e_captured=0. /", "stop.e_captured", "> 0 and <= 1"),
    "hyperbolic capture": bad("&stop e_captured=1.1 /", "stop.e_captured", "> 0 and <= 1"),
    "rtol too large": bad("&numerics rtol=1. /", "numerics.rtol", "<= 0.001"),
    "one sample": bad("&output n_sample=1 /", "output.n_sample", ">= 2"),
    "negative seed": bad("&start seed=-1 /", "start.seed", ">= 0"),
    "low order": bad("&numerics order=2 /", "numerics.order", "expected 4 to 30, or 0"),
    # axes
    "two numbers": bad("&start u=0.01,0.10 /", "start.u", "expected 3 numbers"),
    "one number": bad("&start u=0.01 /", "start.u", "1 values, but 3 needed"),
    "empty axis": bad("&start u=0.01,0.10,0 /", "start.u", "expected a count >= 1"),
    "negative count": bad("&start v=0.01,0.10,-3 /", "start.v", "expected a count >= 1"),
    "count is no whole number": bad("&start u=0.01,0.10,2.5 /", "start.u", "a whole number"),
    "step for a count": bad("&start u=0.01,0.10,0.01 /", "start.u", "a whole number"),
    "ends in disorder": bad("&start v=0.1,-0.1,21 /", "start.v", "expected first <= last"),
    "one value of two": bad("&start w=0.,0.1,1 /", "start.w", "first = last or a count >= 2"),
    "too fast": bad("&start u=0.,1e6,3 /", "start.u", "1 AU yr-1 is 4.74 km s-1"),
    "too many": bad(
        "&start u=0.,1.,1e5 v=0.,1.,1e5 /", "start.u", "expected at most 1000000000"),
    "half a gas axis": bad("&start tau_gas=0.1,1.,0 /", "start.tau_gas", "a count >= 1"),
    "gas axis in disorder": bad("&start tau_gas=1.,0.1,3 /", "start.tau_gas", "first <= last"),
    "negative time": bad("&start tau_gas=-1.,1.,3 /", "start.tau_gas", ">= 0"),
    "gas that lasts on an axis": bad("&start tau_gas=0.,1.,3 /", "start.tau_gas", "first > 0"),
    "log from 0": bad(
        "&start tau_gas=0.1,1.,3 t_gas=0.,1.,3\n gas_spacing='log' /", "start.t_gas",
        "no place on a logarithmic axis; expected first > 0"),
    "loss that does not begin": bad("&start t_gas=0.,1.,3 /", "start.t_gas", "tau_gas > 0"),
    "loss in no time": bad(
        "&atmosphere tau_gas=1e-12 /", "atmosphere.tau_gas", "too short; expected at least 1e-09"),
    "loss in no time on an axis": bad(
        "&start tau_gas=1e-12,1.,3 /", "start.tau_gas", "1e-12 yr is too short"),
    "ablation without drag": bad(
        "&body c_h=0.1 c_d=0. /", "body.c_d", "expected c_d > 0, or c_h = 0"),
    "loss twice": bad(
        "&atmosphere tau_gas=0.5 /\n&start tau_gas=0.1,1.,3 /", "start.tau_gas",
        "contradicts atmosphere.tau_gas = 0.5; expected one of them", 3),
    # contradictions
    "inside Mars": bad("&start x=-3000. /", "start.x", "expected more than planet.radius"),
    "steep gas": bad(
        "&atmosphere scale_height=12. /", "atmosphere.scale_height", "more than r_ref/600 = 33.33"),
    "dust that Mars repels": bad("&radiation beta_planet=1. /", "radiation.beta_planet", "< 1"),
    "L1 inside Mars": bad("&planet a_sun=0.01 gm=1e6 /", "planet.radius", "a smaller radius"),
    "rotating at no speed": bad(
        "&atmosphere gas='rotating' /", "atmosphere.gas_fraction", "expected gas_fraction > 0"),
    "omega of another orbit": bad(
        "&planet mode='cr3bp' omega=2e-7 /", "planet.omega", "expected about 1.059e-07 s-1, or 0"),
    "drawn and read": bad(
        "&start n_random=5 table='t.csv' /", "start.n_random", "expected one of them"),
    "list and gas axis": bad(
        "&start table='t.csv'\n tau_gas=0.1,1.,3 /", "start.tau_gas", "a column tau_gas_yr", 3),
    "no list": bad("&start table='no.csv' /", "start.table", "looked in"),
    "long step": bad(
        "&numerics method='leapfrog' dt=0.01 /", "numerics.dt", "at most t_max/1000; 1e-5"),
    "long fixed step": bad(
        "&numerics step='fixed' dt=0.6 /\n&stop t_max=0.5 /", "numerics.dt", "at most t_max"),
}

LEAPFROG = {
    "planet.mode=cr3bp": ("planet.mode", "mode = 'hill'"),
    "start.w=0,0.1,2": ("start.w", "expected w = 0"),
    "start.z=1e6": ("start.z", "expected z = 0"),
    "atmosphere.model=isothermal": ("atmosphere.model", "model = 'exponential'"),
    "atmosphere.gas=inertial": ("atmosphere.gas", "gas = 'static'"),
    "body.c_h=0.1": ("body.c_h", "c_h = 0"),
    "radiation.beta_sun=0.1": ("radiation.beta_sun", "beta_sun = 0"),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("u_AU_yr v_AU_yr\n0.01 0.02\n0.01 0.04\n")
    Path("gas.csv").write_text("u_AU_yr v_AU_yr tau_gas_yr\n0.01 0.02 0.1\n0.01 0.04 10\n")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bad_namelist(case: Bad, capsys: pytest.CaptureFixture[str]) -> None:
    case.is_refused(capsys)


@pytest.mark.parametrize("method", ["leapfrog", "leapfrog_printed"])
@pytest.mark.parametrize(("override", "expected"), LEAPFROG.items(), ids=LEAPFROG)
def test_leapfrog_solves_the_published_problem_only(
    method: str, override: str, expected: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{RUN}&numerics method='{method}' /"
    assert read_text(text, Path("good.nml")).warnings == ()
    key, remedy = expected
    Bad(text, -1, key, remedy, (override,)).is_refused(capsys)


def test_leapfrog_refuses_a_list_with_velocities_along_z(
    capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"&numerics method='leapfrog' /\n{LIST}"
    Path("t.csv").write_text("u_AU_yr v_AU_yr w_AU_yr\n0.01 0.02 0.0\n")
    read_text(RUN + text, Path("good.nml"))
    Path("t.csv").write_text("u_AU_yr v_AU_yr w_AU_yr\n0.01 0.02 0.0\n0.01 0.02 0.03\n")
    bad(text, "start.table", "expected w = 0", 3).is_refused(capsys)


@pytest.mark.parametrize("text", [
    "&start u=47.4,474.,10 /", "&start v=0.1,-0.1,21 /", "&start w=0.,0.1,1 /",
    "&start u=0.01,0.1,2.5 /", "&start tau_gas=0.,1.,3 /",
])
def test_one_mistake_is_one_problem(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.nml").write_text(RUN + text)
    message = refused(capsys, "run", "bad.nml")
    assert message.endswith("1 problem in the input, nothing was written\n"), message


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        ("", "t.csv", "the table is empty; expected a list of velocities at the start"),
        ("0.01 0.02\n", "t.csv:1", "the header is missing; expected column names 'u_AU_yr v_AU"),
        ("u_AU_yr w_AU_yr\n0 0\n", "t.csv:1", "there is no column v_AU_yr; expected 'u_AU_yr"),
        ("u_AU_yr vAUyr\n0 0\n", "t.csv:1", "unknown column 'vAUyr'"),
        ("u_AU_yr vAUyr\n0 0\n", "t.csv:1", "did you mean v_AU_yr"),
        ("u_km_s v_AU_yr\n0 0\n", "t.csv:1", "'u_km_s'; expected 'u_AU_yr v_AU_yr' [w_AU_yr] [tau"),
        ("u_AU_yr v_AU_yr u_AU_yr\n0 0 0\n", "t.csv:1", "the column u_AU_yr is there twice"),
        ("u_AU_yr v_AU_yr\n", "t.csv", "0 rows; expected 1 or more"),
        ("u_AU_yr v_AU_yr\n1 x\n", "t.csv:2", "'x' is not a number"),
        ("u_AU_yr v_AU_yr\n1\n", "t.csv:2", "1 columns; expected 2 as above"),
        ("u_AU_yr v_AU_yr\n1 nan\n", "t.csv:2", "nan is not allowed"),
        ("u_AU_yr v_AU_yr\n0 0\n0 100\n", "t.csv:3", "expected a finite number >= -15 and <= 15"),
        ("u_AU_yr v_AU_yr tau_gas_yr\n0 0 -1\n", "t.csv:2", "a finite number >= 0 [yr]"),
        ("u_AU_yr v_AU_yr tau_gas_yr\n0 0 0\n0 0 1e-10\n", "bad.nml:2", "1e-10 yr is too short"),
        ("u_AU_yr v_AU_yr t_gas_yr\n0 0 1\n", "bad.nml:2", "expected a column tau_gas_yr, or tau"),
        ("u_AU_yr v_AU_yr t_gas_yr tau_gas_yr\n0 0 1 0\n", "bad.nml:2",
         "the column t_gas_yr has no effect: the gas lasts"),
    ],
)
def test_bad_list(content: str, place: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text(content)
    Path("bad.nml").write_text(RUN + LIST)
    message = refused(capsys, "run", "bad.nml")
    assert f"{place}: start.table: " in message
    assert what in message


def test_columns_of_a_list_stand_in_any_order() -> None:
    Path("t.csv").write_text("# entries\nt_gas_yr, V_AU_YR, u_AU_yr\n0.5, 0.02, 0.01\n")
    found = read_table("entries", Path("t.csv")).columns
    assert {name: values.tolist() for name, values in found.items()} == {
        "t_gas": [0.5], "v": [0.02], "u": [0.01]}


def test_a_long_list_is_read_to_the_last_digit() -> None:
    rng = np.random.default_rng(1)
    uv = rng.uniform(-0.1, 0.1, (100_000, 2))
    np.savetxt("t.csv", uv, header="u_AU_yr v_AU_yr", comments="", fmt="%.17g")
    found = read_table("entries", Path("t.csv")).columns
    assert np.array_equal(found["u"], uv[:, 0]) and np.array_equal(found["v"], uv[:, 1])


WARNINGS = {
    "list and axis": ("&start table='t.csv' u=0.,0.1,3 /", "start.u", "start.table = ''"),
    "point with a place": ("&start x=1e6 point='L2' /", "start.point", "x, y, z say where"),
    "far away": ("&start x=3e6 /", "start.x", "outside 2 r_Hill"),
    "distance with omega": (
        "&planet omega=1e-7 a_sun=1.5 /", "planet.a_sun", "planet.omega goes before it"),
    "speed of static gas": (
        "&atmosphere gas_fraction=0.3 /", "atmosphere.gas_fraction", "atmosphere.gas = 'rotating'"),
    "tilt of static gas": ("&atmosphere tilt=25. /", "atmosphere.tilt", "but the plane that i_end"),
    "tilt without gas": (
        "&atmosphere model='none' tilt=25. /", "atmosphere.tilt", "but the plane that i_end"),
    "node of an upright axis": ("&atmosphere node=25. /", "atmosphere.node", "tilt is 0"),
    "loss that never begins": ("&atmosphere t_gas=1. /", "atmosphere.t_gas", "the gas lasts"),
    "loss after the end": (
        "&atmosphere tau_gas=1. t_gas=9. /", "atmosphere.t_gas", "not before the end"),
    "form of no loss": ("&atmosphere decay='linear' /", "atmosphere.decay", "the gas lasts"),
    "density of nothing": (
        "&atmosphere model='none' rho_ref=1. /", "atmosphere.rho_ref", "has no effect"),
    "tides in gas that lasts": ("&tides active=T /", "tides.active", "what it captures falls"),
    "tides in gas": (
        "&tides active=T /\n&atmosphere tau_gas=4. t_gas=1. /", "tides.active",
        "up to 17 % of the gas is left"),
    "tides in gas of some cases": (
        "&tides active=T /\n&atmosphere decay='linear' /\n&start tau_gas=1.,10.,2 /",
        "tides.active", "up to 20 % of the gas is left"),
    "tides in gas of a list": (
        "&tides active=T /\n&start table='gas.csv' /", "tides.active", "up to 45 % of the gas"),
    "tidal key without tides": ("&tides age=1e9 /", "tides.age", "tides.active = .true."),
    "inertial elements": ("&stop elements='inertial' /", "stop.elements", "rotating frame"),
    "step of an adaptive method": ("&numerics dt=1e-6 /", "numerics.dt", "has no effect"),
    "tolerance of the leapfrog": (
        "&numerics method='leapfrog' rtol=1e-9 /", "numerics.rtol", "has no effect"),
    "samples of nothing": (
        "&output n_sample=5 /", "output.n_sample", "output.trajectories = .true."),
    "huge file": (
        "&start n_random=1000000 /\n&output trajectories=T /", "output.trajectories", "96 GB"),
}


@pytest.mark.parametrize(("text", "key", "what"), WARNINGS.values(), ids=WARNINGS)
def test_warnings(text: str, key: str, what: str) -> None:
    (warning,) = read_text(RUN + text, Path("a.nml")).warnings
    assert warning.key == key
    assert what in str(warning)


def test_start_at_the_lagrange_point_and_given_by_hand_are_both_fine() -> None:
    for text in ("&start point='L2' /", "&start x=-1.08e6 /", "&start z=1e6 w=0.,0.1,3 /"):
        assert read_text(RUN + text, Path("a.nml")).warnings == ()


def test_a_count_may_be_written_as_any_number() -> None:
    config = read_text(f"{RUN}&start u=0.01 0.1 1.0e1, v=-0.1,0.1,21. /", Path("a.nml"))
    assert config["start"]["u"] == (0.01, 0.1, 10.0)


def test_every_problem_at_once() -> None:
    text = "&start u=1.,0.,2\n v=0.,0.,0 /\n&stop t_max=0. /\n&atmosphere gas='rotating' /"
    with pytest.raises(InputError) as error:
        read_text(RUN + text, Path("a.nml"))
    keys = [problem.key for problem in error.value.problems]
    assert keys == ["start.u", "start.v", "stop.t_max", "atmosphere.gas_fraction"]
