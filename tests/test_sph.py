# SPDX-License-Identifier: BSD-3-Clause
"""Particles of an impact simulation become rings: mass and angular momentum are kept, and every
particle is accounted for."""

from __future__ import annotations

import shlex
import tracemalloc
from pathlib import Path

import make_sph_particles
import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS, configuration
from marsdisk.cli.main import main, run_main
from marsdisk.config.read import read_text
from marsdisk.core import DiskCore
from marsdisk.physics.orbits import (
    MAPS,
    equivalent_radius,
    orbits_of_elements,
    orbits_of_states,
)
from marsdisk.prep.sph import Mapped, Particles, Rings, format_table, map_particles
from marsdisk.prep.sph_read import read_particles
from oracle import GM_MARS, R_MARS
from refusal import refused

CSV = NAMELISTS / "tables" / "sph_particles.csv"


def states() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masses [kg], positions [m], velocities [m s-1] of the made-up disk."""
    columns = make_sph_particles.particles().T
    return columns[0], 1.0e3 * columns[1:4], 1.0e3 * columns[4:]


def made_up() -> Particles:
    """The made-up disk."""
    mass, x, v = states()
    return Particles(mass, orbits_of_states(x, v), x, v)


def of_elements(*rows: tuple[float, float, float, float]) -> Particles:
    """Particles of m [kg], a [R_Mars], e, i [deg]."""
    m, a, e, i = np.array(rows).T
    return Particles(m, orbits_of_elements(a * R_MARS, e, np.radians(i)))


# ---- orbits --------------------------------------------------------------------------------------

def test_elements_of_states_are_those_of_rebound() -> None:
    rebound = pytest.importorskip("rebound")
    _, x, v = states()
    orbits = orbits_of_states(x, v)
    sim = rebound.Simulation()
    sim.G = 1.0
    sim.add(m=GM_MARS)
    for k in range(0, x.shape[1], 10):
        sim.add(x=x[0, k], y=x[1, k], z=x[2, k], vx=v[0, k], vy=v[1, k], vz=v[2, k])
        other = sim.particles[-1].orbit(primary=sim.particles[0])
        assert orbits.a[k] == pytest.approx(other.a, rel=1e-10)
        assert orbits.e[k] == pytest.approx(other.e, rel=1e-12)
        assert np.arccos(orbits.cos_i[k]) == pytest.approx(other.inc, abs=1e-9)
    assert 0 < np.count_nonzero(~orbits.bound) < x.shape[1]


def test_elements_lead_to_the_orbits_of_the_same_states() -> None:
    _, x, v = states()
    one = orbits_of_states(x, v)
    other = orbits_of_elements(one.a, one.e, np.arccos(one.cos_i))
    assert np.allclose(other.p, one.p, rtol=1e-12)
    assert np.allclose(other.pericentre, one.pericentre, rtol=1e-12)
    assert np.allclose(other.energy, one.energy, rtol=1e-12)


def test_nothing_cancels_for_a_circle() -> None:
    v = np.sqrt(GM_MARS / (2.0 * R_MARS))
    one = orbits_of_states([[2.0 * R_MARS], [0.0], [0.0]], [[0.0], [v * (1.0 + 1e-11)], [0.0]])
    assert one.e[0] == pytest.approx(2e-11, rel=1e-4)


def test_a_body_at_the_centre_or_falling_straight_hits_mars() -> None:
    x = np.array([[0.0, 3.0 * R_MARS], [0.0, 0.0], [0.0, 0.0]])
    orbits = orbits_of_states(x, np.zeros((3, 2)))
    assert orbits.bound.all() and np.all(orbits.pericentre == 0.0)


# ---- mapping -------------------------------------------------------------------------------------

def test_both_maps_by_hand() -> None:
    orbits = orbits_of_elements([2.0 * R_MARS], [0.3], [np.pi / 3.0])
    assert equivalent_radius(orbits, "canup-salmon")[0] / R_MARS == pytest.approx(1.82, rel=1e-14)
    assert equivalent_radius(orbits, "hyodo")[0] / R_MARS == pytest.approx(0.455, rel=1e-14)


def test_circles_have_the_angular_momentum_of_the_states() -> None:
    """|h| by the map of Canup & Salmon, h_z by that of Hyodo et al."""
    _, x, v = states()
    h, orbits = np.cross(x, v, axis=0), orbits_of_states(x, v)
    for mapping, kept in (("canup-salmon", np.sqrt((h**2).sum(axis=0))), ("hyodo", np.abs(h[2]))):
        circle = np.sqrt(GM_MARS * equivalent_radius(orbits, mapping))
        assert np.allclose(circle, kept, rtol=1e-14)


@pytest.mark.parametrize("mapping", MAPS)
@pytest.mark.parametrize("rings", [Rings(), Rings(1.1, 2.5, 7, "log"), Rings(1.0, 4.0, 1)])
def test_mass_is_kept_to_round_off_and_angular_momentum_to_the_width_of_rings(
    mapping: str, rings: Rings
) -> None:
    mapped = map_particles(made_up(), rings, mapping, 2.7)
    table = mapped.shares["table"]
    assert mapped.sigma @ rings.areas == pytest.approx(table.mass, rel=1e-14)
    width = np.max(np.diff(rings.edges) / rings.edges[:-1])
    assert abs(mapped.ring_momentum / table.momentum - 1.0) < 0.5 * width


def test_angular_momentum_of_rings_converges_with_their_number() -> None:
    mass, spread = np.full(10**5, 1.0e14), (np.arange(10**5) + 0.5) / 10**5
    particles = Particles(mass, orbits_of_elements((1.2 + spread) * R_MARS, 0.0 * spread, spread))
    errors = []
    for count in (5, 20):
        mapped = map_particles(particles, Rings(1.2, 2.2, count), "canup-salmon", 2.7)
        errors.append(abs(mapped.ring_momentum / mapped.shares["table"].momentum - 1.0))
    assert errors[0] / errors[1] == pytest.approx(16.0, rel=0.01)


FATES = of_elements(
    (1.0, 5.0, 1.5, 0.0),       # hyperbolic
    (2.0, 2.0, 0.6, 0.0),       # pericentre 0.8
    (4.0, 2.0, 0.1, 0.0),       # a_eq = 1.98
    (8.0, 2.0, 0.1, 120.0),     # the same, retrograde
    (16.0, 3.0, 0.0, 45.0),     # outside; Hyodo: 1.5
    (32.0, 1.2, 0.0, 60.0),     # Hyodo: 0.3, inside Mars
    (0.0, 2.0, 1.0, 0.0),       # parabola
)


def masses(mapped: Mapped) -> dict[str, float]:
    return {name: share.mass for name, share in mapped.shares.items()}


def test_every_fate() -> None:
    rings = Rings(1.1, 2.4, 4)
    found = masses(map_particles(FATES, rings, "canup-salmon", 2.7))
    assert found == {"all": 63.0, "hyperbolic": 1.0, "impacting": 2.0, "disk": 60.0, "inside": 0.0,
                     "outside": 16.0, "table": 44.0, "m_in": 44.0, "m_out": 16.0,
                     "retrograde": 8.0}
    found = masses(map_particles(FATES, rings, "hyodo", 2.7))
    assert (found["inside"], found["table"], found["outside"]) == (40.0, 20.0, 0.0)
    kept = masses(map_particles(FATES, rings, "canup-salmon", 2.7, keep_impacting=True))
    assert kept["impacting"] == 2.0 and kept["disk"] == 62.0 and kept["table"] == 46.0


def test_energy_that_becomes_free_by_hand() -> None:
    one = of_elements((3.0, 2.0, 0.2, 0.0))
    mapped = map_particles(one, Rings(), "canup-salmon", 2.7)
    lost = GM_MARS / (4.0 * R_MARS) * (1.0 / (1.0 - 0.04) - 1.0)
    assert mapped.heat == pytest.approx(3.0 * lost, rel=1e-12)
    assert mapped.a_eq_max == pytest.approx(1.92 * R_MARS, rel=1e-14)


def test_what_looks_like_a_mistake_is_said() -> None:
    mass, x, v = states()
    rings = Rings(1.1, 2.7, 16)

    def warnings(mass: np.ndarray, x: np.ndarray, v: np.ndarray, rings: Rings) -> str:
        particles = Particles(mass, orbits_of_states(x, v), x, v)
        return " ".join(map_particles(particles, rings, "hyodo", 2.7).warnings)

    assert warnings(mass, x, v, rings) == ""
    assert "unit of mass" in warnings(1e3 * mass, x, v, rings)
    turn = np.radians(40.0)
    axes = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(turn), -np.sin(turn)],
                     [0.0, np.sin(turn), np.cos(turn)]])
    assert "tilted by 40 deg" in warnings(mass, axes @ x, axes @ v, Rings(1.0, 2.7, 1))
    assert "retrograde" in warnings(mass, x, -v, rings)
    assert "3 of 8 rings are empty (there is mass from 1 to 3.5 R_Mars)" in warnings(
        mass, x, v, Rings(1.0, 5.0, 8))
    near = np.array([[2.0 * R_MARS], [0.0], [0.0]])
    speed = np.array([[0.0], [np.sqrt(GM_MARS / (2.0 * R_MARS))], [0.0]])
    assert "relative to Mars" in warnings(np.ones(1), near, speed, Rings(1.9, 2.1, 1))


@pytest.mark.parametrize("spacing", ["linear", "log"])
@pytest.mark.parametrize("count", [1, 7, 32])
def test_a_run_has_the_mass_of_the_table_to_round_off(
    spacing: str, count: int, tmp_path: Path
) -> None:
    rings = Rings(1.1, 2.6, count, spacing)
    mapped = map_particles(made_up(), rings, "canup-salmon", 2.7)
    path = tmp_path / "sigma.csv"
    path.write_text(format_table(rings, mapped.sigma, ["made up"]))
    disk = DiskCore(configuration("quick", [
        f"rings.n_ring={count}", "rings.r_in=1.1", "rings.r_out=2.6", f"rings.spacing={spacing}",
        f"deep.table={path}", "surface.tau0=0.01"]))
    y = disk.start().y
    there = sum(disk.row(y, name) for name in (*disk.LAYERS, "removed"))
    assert there @ disk.area == pytest.approx(mapped.shares["table"].mass, rel=1e-14)
    assert np.allclose(disk.area, rings.areas, rtol=1e-14)


def test_a_million_particles_need_little_memory() -> None:
    count = 10**6
    one = np.linspace(1.2, 2.6, count) * R_MARS
    mass, zero = np.ones(count), np.zeros(count)
    tracemalloc.start()
    try:
        orbits = orbits_of_states(
            np.stack([one, zero, zero]), np.stack([zero, np.sqrt(GM_MARS / one), zero]))
        mapped = map_particles(Particles(mass, orbits), Rings(), "canup-salmon", 2.7)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mapped.sigma @ Rings().areas == pytest.approx(count, rel=1e-14)
    assert peak < 300.0 * count


# ---- files ---------------------------------------------------------------------------------------

NAMES = ("m", "x", "y", "z", "vx", "vy", "vz")


def rows() -> np.ndarray:
    """A few of the particles in kg, km, km/s."""
    return make_sph_particles.particles()[::50]


def text_of(header: str, separator: str = " ", before: str = "", after: str = "") -> str:
    lines = [before + separator.join(f"{x:.17e}" for x in row) + after for row in rows()]
    return "\n".join([header, *lines] if header else lines) + "\n"


FORMS = {
    "units in names": (text_of("m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s", ","), ()),
    "units in brackets, blanks": (
        text_of("m [kg] x [km] y [km] z [km] vx [km s-1] vy [km/s] vz(km s^-1)"), ()),
    "units apart": (text_of("m,x,y,z,vx,vy,vz", ", "), ("--units", "kg,km,km/s")),
    "header as numpy writes it": (
        "# made up\n" + text_of("# m x y z vx vy vz"), ("--units", "km,kg,km/s")),
    "names apart": (
        "# no names\n\n" + text_of("", "\t"),
        ("--columns", "m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s")),
    "other columns, one of words": (
        text_of("id;kind;Mass (kg);x_km;y_km;z_km;vx_km_s;vy_km_s;vz_km_s", ";", "7;melt drops;"),
        ()),
    "names on both sides": (
        text_of("Mass_kg;x;y;z;vx;vy;vz", ";"),
        ("--columns", "m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s")),
    "words first, names apart": (
        text_of("", ",", "drop,"),
        ("--columns", "kind,m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s")),
    "words first, called like a column, names apart": (
        text_of("", ",", "m,"),
        ("--columns", "kind,m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s")),
    "words first, names as numpy writes them": (
        text_of("# kind m_kg x_km y_km z_km vx_km_s vy_km_s vz_km_s", " ", "drop "), ()),
    "blank lines of blanks": (
        text_of("m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s", ",", "  \n  # drop\n"), ()),
    "anomalies": (
        text_of("M_deg,E_rad,m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s", ",", "30,0.5,"), ()),
    "a comment behind each row": (
        text_of("m x y z vx vy vz", " ", "  ", "  # drop"), ("--units", "kg,km,km/s")),
}


def same_as_rows(path: Path, *options: str) -> None:
    """The command reads a file as the particles of `rows`."""
    to = path.with_name("table.csv")
    with pytest.raises(SystemExit) as stop:
        main(["prep", "sph", str(path), "--to", str(to), *options])
    assert not stop.value.code
    columns = rows().T
    orbits = orbits_of_states(1e3 * columns[1:4], 1e3 * columns[4:])
    expected = map_particles(Particles(columns[0], orbits), Rings(), "canup-salmon", 2.7)
    numbers = [line.split(",")[1] for line in to.read_text().splitlines()
               if not line.startswith(("#", "r_"))]
    assert np.allclose(np.array(numbers[1:-1], dtype=float), expected.sigma, rtol=1e-12)


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_text(name: str, tmp_path: Path) -> None:
    text, options = FORMS[name]
    path = tmp_path / "particles.txt"
    path.write_text(text)
    same_as_rows(path, *options)


def test_elements_in_other_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "elements.dat"
    path.write_text("i_deg e a_RMars m_g\n60 0.3 2 1e20\n0 0 4 1e20\n")
    with pytest.raises(SystemExit):
        main(["prep", "sph", str(path), "--map", "hyodo", "--r-out", "5"])
    report = capsys.readouterr().out
    assert "particles                                       2   2.000000e+17" in report
    assert "M_in, a_eq < 2.7 R_Mars                       1   1.000000e+17" in report
    assert "not in the table             1   1.000000e+17" in report  # 0.455 R_Mars


@pytest.mark.parametrize("group", ["", "PartType0"])
@pytest.mark.parametrize("vectors", [True, False])
def test_netcdf(group: str, vectors: bool, tmp_path: Path) -> None:
    path = tmp_path / "particles.nc"
    columns = rows().T
    with netCDF4.Dataset(path, "w") as data:
        inside = data.createGroup(group) if group else data
        inside.createDimension("n", columns.shape[1])
        inside.createDimension("axis", 3)
        parts = {"Masses": (columns[0], "kg")}
        if vectors:
            parts |= {"Coordinates": (columns[1:4].T, "km"), "Velocities": (columns[4:].T, "km/s")}
        else:
            parts |= {name: (column, "km" if len(name) == 1 else "km/s")
                      for name, column in zip(NAMES[1:], columns[1:], strict=True)}
        for name, (values, unit) in parts.items():
            entry = inside.createVariable(name, "f8", ("n", "axis")[: values.ndim])
            entry[...] = values
            entry.units = unit
    same_as_rows(path)


def test_plain_hdf5(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "particles.h5"
    columns = rows().T
    with h5py.File(path, "w") as data:
        for group in ("PartType0", "PartType1"):
            data[f"{group}/Masses"] = columns[0] * (group == "PartType0")
            data[f"{group}/Coordinates"] = columns[1:4].T
            data[f"{group}/Velocities"] = columns[4:].T.astype(">f8")
    same_as_rows(path, "--units", "kg,km,km/s", "--group", "PartType0")


GOOD = "m_kg,a_km,e,i_deg\n1e18,7000,0.1,3\n"
BAD = {
    "no file": (None, (), "cannot be read"),
    "empty": ("", (), "the file is empty"),
    "names alone": ("m_kg,a_km,e,i_deg\n", (), "no numbers"),
    "no header": ("1e18,7000,0.1,3\n", (), "bad.csv:1: the header is missing"),
    "a column missing": ("m_kg,a_km,e\n1,2,3\n", (), "bad.csv:1: there is no column i"),
    "a column twice": ("m_kg,a_km,a_m,e,i_deg\n1,2,3,4,5\n", (), "the column a is there twice"),
    "no unit": ("m_kg,a,e,i_deg\n1,2,3,4\n", (), "bad.csv:1: a: has no unit; expected m or km"),
    "another unit": ("m [lb],a_km,e,i_deg\n1,2,3,4\n", (), "'lb' is no unit of mass"),
    "unit of another kind": ("m_kg,a [deg],e,i_deg\n1,2,3,4\n", (), "'deg' is no unit of length"),
    "unknown --units": (GOOD, ("--units", "kg,parsec"), "there is no unit 'parsec'"),
    "two units of length": (GOOD, ("--units", "km,m"), "a second unit of length"),
    "too few names": ("m_kg,a_km,e,i_deg\n1,2,3,4,5\n", (), "bad.csv:1: 4 names; expected 5"),
    "too many columns": (GOOD + "1,2,3,4,5\n", (), "bad.csv:3: 5 columns; expected 4"),
    "a word": (GOOD + "\n# a comment\n1,two,3,4\n", (), "bad.csv:5: a: 'two' is not a number"),
    "the first row, names apart": (
        "--,7000,0.1,3\n1e18,7000,0.1,3\n", ("--columns", "m_kg,a_km,e,i_deg"),
        "bad.csv:1: m: '--' is not a number"),
    "exponents of Fortran, names apart": (
        "1D18 7D3 1D-1 3D0\n1e18 7e3 0.1 3\n", ("--columns", "m_kg,a_km,e,i_deg"),
        "bad.csv:1: e: '1D-1' is not a number"),
    "numbers of Python": (GOOD + "1_0e17,7000,0.1,3\n", (), "bad.csv:3: m: '1_0e17' is not a"),
    "mean anomaly for mass": ("M_deg,a_km,e,i_deg\n30,7000,0.1,3\n", (), "there is no column m"),
    "eccentric anomaly": ("m_kg,a_km,E,i_deg\n1,7000,0.1,3\n", (), "there is no column e"),
    "its own target": (GOOD, ("--to", "bad.csv", "--force"), "'bad.csv' is what is read"),
    "its own target by another way": (GOOD, ("--to", "link.csv", "--force"), "is what is read"),
    "not finite": (GOOD + "# x\n1e18,nan,0.1,3\n", (), "bad.csv:4: a: nan"),
    "infinite": (GOOD + "inf,7000,0.1,3\n", (), "bad.csv:3: m: inf"),
    "negative mass": (GOOD + "\n-1,7000,0.1,3\n", (), "bad.csv:4: m: -1 (SI) is not allowed"),
    "negative e": (GOOD + "1,7000,-0.1,3\n", (), "expected an eccentricity >= 0"),
    "ellipse with a < 0": (GOOD + "1,-7000,0.1,3\n", (), "semi-major axis > 0 with e < 1"),
    "degrees taken for radians": (
        "m_kg,a_km,e,i_rad\n1,7000,0.1,30\n", (), "is the unit right?"),
    "no mass": ("m_kg,a_km,e,i_deg\n0,7000,0.1,3\n", (), "all masses are 0"),
    "nothing in the rings": ("m_kg,a_km,e,i_deg\n1,7e6,0.1,3\n1,7e3,2,3\n", (),
                             "of 2 particles: 1 hyperbolic, 0 hit Mars"),
    "binary": ("m\0\0", (), "is a binary file"),
    "rings without width": (GOOD, ("--r-in", "3"), "--r-out: 2.7 R_Mars; expected more than 3"),
    "group of text": (GOOD, ("--group", "PartType0"), "--group: is for HDF5"),
    "no such folder": (GOOD, ("--to", "nowhere/x.csv"), "there is no directory"),
    "target exists": (GOOD, ("--to", "there.csv"), "'there.csv' exists already"),
    "no HDF5": ("\x89HDF\r\n\x1a\nrest", (), "cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_files_are_refused_with_line_and_remedy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, options, expected = BAD[name]
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("bad.csv").write_bytes(text.encode("latin-1"))
        Path("link.csv").symlink_to("bad.csv")
        Path("there.csv").touch()
    options = options if "--to" in options else (*options, "--to", "table.csv")
    assert expected in refused(capsys, "prep", "sph", "bad.csv", *options)


def test_wrong_hdf5_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with netCDF4.Dataset("bad.nc", "w") as data:
        for name, length in (("m", 3), ("a", 2), ("e", 3), ("i", 3)):
            data.createDimension(name, length)
            data.createVariable(name, "f8", (name,))[:] = 1.0
    message = refused(capsys, "prep", "sph", "bad.nc", "--units", "kg,km,rad")
    assert "bad.nc:/: a: 2 values; expected 3" in message
    assert "has no unit" in refused(capsys, "prep", "sph", "bad.nc", "--units", "kg,rad")
    assert "expected one of /" in refused(capsys, "prep", "sph", "bad.nc", "--group", "gas")
    assert "for text" in refused(capsys, "prep", "sph", "bad.nc", "--columns", "m,a,e,i")


def particles_nc(path: Path, **units: object) -> None:
    """Five equal particles, the units of some other than usual; None = none."""
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("n", 5)
        for name, unit, value in (("m", "kg", 1e18), ("a", "km", 7e3), ("e", "1", 0.1),
                                  ("i", "deg", 3.0)):
            entry = data.createVariable(name, "f8", ("n",))
            entry.units = units.get(name, unit)
            entry[:] = value


def test_a_missing_value_of_netcdf_is_no_particle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fills it, 9.97e36, is a finite number."""
    monkeypatch.chdir(tmp_path)
    particles_nc(Path("bad.nc"))
    with netCDF4.Dataset("bad.nc", "a") as data:
        data["m"][2] = np.ma.masked
        data["a"][4] = np.ma.masked
        data["e"][2] = -0.5
    message = refused(capsys, "prep", "sph", "bad.nc")
    assert "bad.nc: particle 2: m: is missing" in message
    assert "bad.nc: particle 4: a: is missing" in message
    assert "bad.nc: particle 2: e: -0.5 (SI) is not allowed" in message
    assert message.count("bad.nc:") == 3


def test_a_column_is_never_there_twice_in_hdf5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with netCDF4.Dataset("bad.nc", "w") as data:
        data.createDimension("n", 4)
        data.createDimension("axis", 3)
        for name in ("Masses", "x"):
            data.createVariable(name, "f8", ("n",))[:] = 1.0
        for name in ("Coordinates", "Velocities"):
            data.createVariable(name, "f8", ("n", "axis"))[:] = 1.0
    assert "the column x is there twice" in refused(
        capsys, "prep", "sph", "bad.nc", "--units", "si")


def test_units_of_netcdf_that_are_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    particles_nc(Path("bad.nc"), i=np.array([1.0, 2.0]))
    assert "i: '1.0 2.0' is no unit of angle" in refused(capsys, "prep", "sph", "bad.nc")
    particles_nc(Path("good.nc"), a="[km]", i=["deg"])
    assert np.all(read_particles(Path("good.nc"), {}).orbits.a == 7e6)


def test_rings_without_an_edge_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """nan is neither below nor above the ends of a range."""
    monkeypatch.chdir(tmp_path)
    Path("good.csv").write_text(GOOD)
    with pytest.raises(SystemExit) as stop:
        main(["prep", "sph", "good.csv", "--r-in", "nan"])
    assert stop.value.code == 2
    assert "is not a finite number" in capsys.readouterr().err


def test_printed_groups_can_be_read_whatever_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["prep", "sph", str(CSV), "--r-in", "1.1", "--n-ring", "16", "--to", "it's.csv"])
    groups = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  &")]
    assert read_text("\n".join(groups), tmp_path / "x.nml")["deep"]["table"] == "it's.csv"


def test_every_bad_row_is_listed_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for row, what in (("1,x,0,0\n", "'x' is not a number"), ("-1,7000,0,0\n", "is not allowed")):
        Path("bad.csv").write_text(GOOD + 3 * row)
        message = refused(capsys, "prep", "sph", "bad.csv")
        assert all(f"bad.csv:{line}: " in message for line in (3, 4, 5))
        assert message.count(what) == 3
        Path("bad.csv").write_text(GOOD + 50 * row)
        message = refused(capsys, "prep", "sph", "bad.csv")
        assert message.count(what) == 20 and "bad.csv: and 30 more problems" in message


def test_every_kind_of_problem_is_listed_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no number, no row, no particle and no option is said at once, each value once."""
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text(
        "m_kg,a_km,e,i_deg\n1e15,7000,0.1,nan\n# rows\n1e15,7000,0.1\n-1,two,.1,3\n-2,-inf,.1,3\n")
    message = refused(capsys, "prep", "sph", "bad.csv", "--r-in", "3")
    problems = [line for line in message.splitlines() if "bad.csv" in line or "--" in line]
    assert [problem.split(";")[0] for problem in problems] == [
        "--r-out: 2.7 R_Mars", "bad.csv:2: i: nan (SI) is not allowed", "bad.csv:4: 3 columns",
        "bad.csv:5: a: 'two' is not a number", "bad.csv:5: m: -1 (SI) is not allowed",
        "bad.csv:6: a: -inf (SI) is not allowed", "bad.csv:6: m: -2 (SI) is not allowed"]


# ---- the example ---------------------------------------------------------------------------------

def test_commands_of_the_page_are_a_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run has the table just made, and hands over its mass."""
    monkeypatch.chdir(tmp_path)
    Path("namelists").symlink_to(NAMELISTS)
    page = (NAMELISTS.parent / "docs" / "handover.md").read_text(encoding="utf-8")
    commands = [shlex.split(line, comments=True) for line in page.splitlines()
                if line.startswith("    marsdisk")]
    assert [words[0] for words in commands] == ["marsdisk", "marsdisk-run", "marsdisk", "marsdisk"]
    for program, *arguments in commands:
        with pytest.raises(SystemExit) as stop:
            (run_main if program == "marsdisk-run" else main)(arguments)
        assert not stop.value.code, capsys.readouterr().err
    mass = map_particles(read_particles(CSV, {}), Rings(1.1, 2.7, 16), "canup-salmon", 2.7)
    with netCDF4.Dataset("output/sph_disk.nc") as data:
        assert f"{tmp_path.resolve()}/sigma.csv" in data.input_files
        assert float(data["handover/m_in0"][...]) == pytest.approx(
            mass.shares["table"].mass, rel=1e-12)
    assert Path("disk.json").stat().st_size > 1000


def test_the_example_is_what_its_formula_says_and_its_table_is_up_to_date(tmp_path: Path) -> None:
    particles = read_particles(CSV, {})
    mass, x, v = states()
    assert np.allclose(particles.mass, mass, rtol=1e-8)
    assert np.allclose(particles.position, x, atol=0.06)
    assert np.allclose(particles.velocity, v, atol=6e-5)
    assert CSV.stat().st_size < 100_000
    to = tmp_path / "sph_sigma.csv"
    with pytest.raises(SystemExit):
        main(["prep", "sph", str(CSV), "--r-in", "1.1", "--n-ring", "16", "--to", str(to)])

    def numbers(path: Path) -> list[str]:
        return [line for line in path.read_text().splitlines() if "marsdisk prep" not in line]

    assert numbers(to) == numbers(CSV.with_name("sph_sigma.csv"))
    assert "sha256" in to.read_text()
