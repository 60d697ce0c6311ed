# SPDX-License-Identifier: BSD-3-Clause
"""Every mistake in a namelist ends with exit code 2 and a message that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers import NAMELISTS
from marsdisk.cli.main import main
from marsdisk.config.causes import CAUSES
from marsdisk.config.schema import run_kind
from refusal import Bad, refused

CASES = {
    # spelling
    "unknown group": Bad("&ring n_ring=4 /", 1, "&ring", "did you mean &rings?"),
    "unknown group, none near": Bad("&xyzzy a=1 /", 1, "&xyzzy", "expected &run &rings"),
    "unknown key": Bad("&mars\n t_0=4000. /", 2, "mars.t_0", "did you mean t0"),
    "unknown key, none near": Bad("&surface\n qqq=1 /", 2, "surface.qqq", "expected tau0, sigma0"),
    "key of another group": Bad("&run n_ring=4 /", 1, "run.n_ring", "did you mean rings.n_ring?"),
    "bad choice": Bad("&mars driver='slabb' /", 1, "mars.driver", "did you mean 'slab'?"),
    "choice in capitals": Bad("&mars driver='SLAB' /", 1, "mars.driver", "did you mean 'slab'?"),
    "wrong kind": Bad("&run kind='disc' /", 1, "run.kind", "expected 'disk'"),
    "strange kind": Bad("&run kind='galaxy' /", 1, "run.kind", "expected 'disk'"),
    # syntax
    "missing slash": Bad("&run name='a'\n", 1, "&run", "expected '/' at its end"),
    "missing slash before a group": Bad("&run\n&mars t0=3e3 /", 1, "&run", "expected '/'"),
    "repeated group": Bad("&mars t0=3e3 /\n&mars t0=4e3 /", 2, "&mars", "expected one group"),
    "repeated key": Bad("&mars t0=3e3\n t0=4e3 /", 2, "mars.t0", "first in line 1"),
    "missing equals": Bad("&mars\n t0 4000. /", 2, "mars.t0", "expected key = value"),
    "missing equals after a value": Bad(
        "&mars layer_rho=3e3\n t0 4000. /", 2, "mars.t0", "expected key = value"
    ),
    "no value": Bad("&mars t0= /", 1, "mars.t0", "expected a number >= 10"),
    "empty value": Bad("&mars t0=,4e3 /", 1, "mars.t0", "expected a number"),
    "no quotes": Bad("&mars driver=slab /", 1, "mars.driver", "did you mean 'slab'?"),
    "no quotes around a name": Bad("&run name=abc /", 1, "run.name", "expected 'abc'"),
    "open quote": Bad("&run name='abc /\n/", 1, "run.name", "expected the same quote"),
    "path without quotes": Bad("&mars\ntable=a/b /", 2, "mars.table", "expected 'a'"),
    "text outside": Bad("t0 = 4000.\n&run /", 1, "'t0'", "expected &group first"),
    "hash comment": Bad("&run\n # hello\n/", 2, "unexpected '#'", "comments start with '!'"),
    "full-width blank": Bad("&run\n\u3000name='a' /", 2, "U+3000", "only plain ASCII"),
    "full-width quotes": Bad("&run name=\u2018a\u2019 /", 1, "U+2018", "only plain ASCII"),
    "continuation sign": Bad("&run name='a', &\n /", 1, "'&'", "need no continuation sign"),
    "derived type": Bad("&mars\n t%x=1. /", 2, "mars.t", "expected t = value"),
    "array element": Bad("&mars t0(1)=4e3 /", 1, "mars.t0", "expected t0 = value"),
    "repeat count": Bad("&mars t0=3*1e3 /", 1, "mars.t0", "expected a number"),
    "not ascii": Bad("&run name='\u706b\u661f' /", 1, "run.name", "English keyboard"),
    "no group": Bad("! nothing\n", 0, "no namelist group", "marsdisk prep namelist"),
    "empty file": Bad("", 0, "is empty", "marsdisk prep namelist"),
    # types
    "array for a scalar": Bad("&mars t0=3e3,4e3 /", 1, "mars.t0", "expected a number"),
    "text for a number": Bad("&mars t0='hot' /", 1, "mars.t0", "expected a number"),
    "word for a number": Bad("&mars t0=hot /", 1, "mars.t0", "expected a number"),
    "number for a text": Bad("&run name=1 /", 1, "run.name", "expected a text in quotes"),
    "fraction for an integer": Bad("&rings n_ring=1.5 /", 1, "rings.n_ring", "a whole number"),
    "yes for a logical": Bad(
        "&radiation\nblowout=yes /", 2, "radiation.blowout", "did you mean .true.?"
    ),
    "number for a logical": Bad("&output psd=0 /", 1, "output.psd", "did you mean .false.?"),
    "nan": Bad("&mars t0=NaN /", 1, "mars.t0", "expected a number"),
    "infinite": Bad("&mars t0=+inf /", 1, "mars.t0", "expected a number"),
    "overflow": Bad("&mars t0=1e999 /", 1, "mars.t0", "expected a number"),
    "wrong length": Bad(
        "&collisions qd_set='custom' q_s=1.,2. /", 1, "collisions.q_s", "expected 7 numbers"
    ),
    "long integer": Bad(f"&rings n_ring={'9' * 5000} /", 1, "rings.n_ring", "a whole number"),
    # ranges and mistaken units
    "no rings": Bad("&rings n_ring=0 /", 1, "rings.n_ring", ">= 1"),
    "one bin": Bad("&grains n_bin=1 /", 1, "grains.n_bin", ">= 2"),
    "inside Mars": Bad("&rings r_in=0.9 /", 1, "rings.r_in", "inside Mars"),
    "kilometres": Bad("&rings r_out=9000. /", 1, "rings.r_out", "looks like a radius in km"),
    "metres": Bad("&rings r_in=3.4e6 /", 1, "rings.r_in", "looks like a radius in m"),
    "years as kelvin": Bad("&stop\n\nt_end=2000. /", 3, "stop.t_end", "temperature in kelvin"),
    "years as seconds": Bad("&stop t_end=3.2e7 /", 1, "stop.t_end", "looks like a time in s"),
    "thousands of kelvin": Bad("&mars t0=4. /", 1, "mars.t0", "looks like thousands of kelvin"),
    "grams": Bad("&grains rho=3.27 /", 1, "grains.rho", "looks like a density in g cm-3"),
    "degrees": Bad("&collisions i=3. /", 1, "collisions.i", "looks like an angle in degrees"),
    "kilograms": Bad("&deep m_in=1.9e19 /", 1, "deep.m_in", "looks like a mass in kg"),
    "micrometres": Bad("&grains s_max=1e6 /", 1, "grains.s_max", "looks like a size in um"),
    "percentage": Bad("&mars f_hot=10. /", 1, "mars.f_hot", "looks like a percentage"),
    "negative speed": Bad("&collisions v_fixed=-1. /", 1, "collisions.v_fixed", ">= 0"),
    "unbound orbit": Bad("&collisions e=1.0 /", 1, "collisions.e", "< 1"),
    # contradictions
    "rings inside out": Bad("&rings r_in=2.\n r_out=1.5 /", 2, "rings.r_out", "r_out > r_in"),
    "sizes upside down": Bad("&grains s_min=1.\n s_max=.1 /", 2, "grains.s_max", "s_max > s_min"),
    "no temperature table": Bad("&mars driver='table' /", 1, "mars.driver", "mars.table = 'FILE'"),
    "no size table": Bad("&grains psd='table' /", 1, "grains.psd", "grains.psd_table = 'FILE'"),
    "no exposure table": Bad(
        "&radiation exposure='table' /", 1, "radiation.exposure", "radiation.phi_table = 'FILE'"
    ),
    "no e table": Bad(
        "&collisions e_profile='table' /", 1, "collisions.e_profile", "e_table = 'FILE'"
    ),
    "no supply table": Bad("&supply mode='table' /", 1, "supply.mode", "supply.table = 'FILE'"),
    "missing file": Bad("&mars driver='table'\n table='no.csv' /", 2, "mars.table", "looked in"),
    "file is a directory": Bad("&mars table='.' /", 1, "mars.table", "is a directory"),
    "already cold": Bad("&mars t0=1500. /", 1, "mars.t0", "a hotter start"),
    "never ends": Bad("&mars driver='constant' /", 1, "stop.t_end", "expected t_end > 0 [yr]"),
    "never ends, floor": Bad("&mars t_floor=2100. /", 1, "stop.t_end", "expected t_end > 0"),
    "never ends, off": Bad("&stop t_mars_end=0. /", 1, "stop.t_end", "expected t_end > 0"),
    "floor above the start": Bad(
        "&mars t_floor=5e3 /\n&stop t_end=1. /", 1, "mars.t_floor", "a floor below the start"
    ),
    "debris slope": Bad(
        "&collisions bottom='lost'\n q_frag=4.2 /", 2, "collisions.q_frag", "3 < q_frag < 4"
    ),
    "debris weights": Bad(
        "&collisions bottom='lost' fragment_weights='mass' /", 1, "collisions.fragment_weights",
        "expected 'number'",
    ),
    "debris surface": Bad(
        "&collisions q_frag=3. s_floor='surface_energy' /", 1, "collisions.q_frag", "3 < q_frag"
    ),
    "nucleus off the grid": Bad(
        "&sublimation active=T s_nuc=1e-8 /", 1, "sublimation.s_nuc", "expected 1e-07 to 3 m"
    ),
    "balance of grey grains": Bad(
        "&sublimation t_grain='balance' /\n&radiation qpr_mode='constant' /",
        1,
        "sublimation.t_grain",
        "qpr_mode = 'table'",
    ),
    "surface twice": Bad(
        "&surface tau0=0.5\n sigma0=0.1 /", 2, "surface.sigma0", "expected one of them"
    ),
    "mixing without a time": Bad("&supply mode='mixing' /", 1, "supply.t_mix", "t_mix > 0"),
    "mixing from outside": Bad(
        "&supply mode='mixing' t_mix=1.\n source='external' /", 2, "supply.source", "'deep'"
    ),
    "no amplitude": Bad("&supply mode='powerlaw' /", 1, "supply.amplitude", "amplitude > 0"),
    "no escape time": Bad(
        "&sublimation escape='time' /", 1, "sublimation.t_escape", "t_escape > 0 [s]"
    ),
    "phases in disorder": Bad(
        "&sublimation t_solidus=2200. /", 1, "sublimation.t_solidus", "t_solidus <= t_liquidus"
    ),
    "one size off the grid": Bad(
        "&grains psd='mono' s_meter=5. /", 1, "grains.s_meter", "expected 1e-07 to 3 m"
    ),
    "below the shipped table": Bad("&grains s_min=5e-9 /", 1, "grains.s_min", "qpr_table"),
    "hotter than the shipped table": Bad("&mars t0=7e3 /", 1, "mars.t0", "qpr_table"),
    "slash in the name": Bad("&run name='a/b' /", 1, "run.name", "expected letters, digits"),
    "viscosity without its number": Bad(
        "&transport viscosity='constant' /", 1, "transport.viscosity", "expected transport.nu > 0"
    ),
    "viscosity that is ignored": Bad(
        "&transport nu=1e3 /", 1, "transport.nu", "expected viscosity = 'constant'"
    ),
    "negative viscosity": Bad(
        "&transport nu=-1. /", 1, "transport.nu", ">= 0 and <= 1e+15 [m2 s-1]"
    ),
    "law of viscosity": Bad(
        "&transport viscosity='alfa' /", 1, "transport.viscosity", "did you mean 'alpha'?"
    ),
    "alpha above 1": Bad(
        "&transport viscosity='alpha' alpha=2. /", 1, "transport.alpha", "> 0 and <= 1"
    ),
    "splitting step of 0": Bad("&transport step=0. /", 1, "transport.step", ">= 1e-06 and <= 1"),
    "transport between stopped rings": Bad(
        "&transport pr_drag=T /\n&surface tau_stop=2. /", 2, "surface.tau_stop", "no transport"
    ),
    # command line
    "override of nothing": Bad("&run /", -1, "mars.t1", "did you mean t0", ("mars.t1=3",)),
    "override of no group": Bad("&run /", -1, "mar.t0", "did you mean mars.t0?", ("mar.t0=3e3",)),
    "not an override": Bad("&run /", -1, "t0=3", "expected group.key=value", ("t0=3",)),
    "bad override": Bad("&run /", -1, "mars.t0", "expected a number", ("mars.t0=hot",)),
    "override twice": Bad(
        "&run /", -1, "mars.t0", "expected one value", ("mars.t0=3e3", "mars.t0=4e3")
    ),
    "override without value": Bad("&run /", -1, "mars.t0", "expected a number", ("mars.t0=",)),
    "contradicting override": Bad(
        "&run /", -1, "rings.r_out", "r_out > r_in", ("rings.r_in=2.8",)
    ),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_bad_namelist(bad: Bad, capsys: pytest.CaptureFixture[str]) -> None:
    bad.is_refused(capsys)


OF_THE_CORE = {
    "disk too light": Bad("&deep\n m_in=1e-12 /", 2, "deep.m_in: the initial surface",
                          "see also surface.tau0"),
    "surface too heavy": Bad("&surface\n\n sigma0=1e6 /", 3, "surface.sigma0: the initial surface",
                             "heavier than ring 1"),
    "disk too light, on the command line": Bad(
        "&surface tau0=2. /", -1, "deep.m_in: the initial surface", "see also surface.tau0",
        ("deep.m_in=1e-12",)),
    "orbits outside their table": Bad(
        "&radiation chi_mode='orbits' /\n&collisions e_profile='const'\n e=0.95 /", 3,
        "collisions.e: eccentricities", "a ring needs 0.950000"),
    "orbits outside their table, by the radius": Bad(
        "&radiation chi_mode='orbits' /\n&collisions e=0.3 /\n&rings r_out=12. /", 3, "rings.r_out",
        "a ring needs 0.90"),
    "colder than its table": Bad(
        "&mars t0=300. /\n&stop t_end=0.1\n t_mars_end=0. /", 3, "stop.t_mars_end: Mars is between",
        "see also radiation.qpr_table, stop.t_end, mars.t0"),
}
"""What turns out only when the core is built; the key that was given is named, with its place."""


@pytest.mark.parametrize("bad", OF_THE_CORE.values(), ids=OF_THE_CORE)
def test_what_the_core_refuses_has_a_place(bad: Bad, capsys: pytest.CaptureFixture[str]) -> None:
    bad.is_refused(capsys)


def test_a_table_that_the_run_leaves_has_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    Path("phi.txt").write_text("tau phi\n0 1\n0.1 0.9\n")
    Path("a.nml").write_text("&radiation exposure='table'\n phi_table='phi.txt' /")
    with pytest.raises(SystemExit) as stop:
        main(["run", "a.nml"])
    err = capsys.readouterr().err
    assert stop.value.code == 2
    assert "a.nml:2: radiation.phi_table: ring " in err and "the surface reached" in err
    assert err.count("phi_table") == 1


def test_keys_in_messages_of_the_core_exist() -> None:
    """Those of its sources, and those they are traced to."""
    names = set(run_kind("disk").names()) | set(run_kind("capture").names())
    sources = "".join(path.read_text() for path in (NAMELISTS.parent / "fortran").rglob("*.f90"))
    said = re.findall(r"fail\(\w+, status_(?:bad_input|out_of_table), (?:&\s*)?'([^']*)", sources)
    first = {key for text in said for key in re.findall(r"\w+\.\w+", text)}
    assert len(first) > 12 and first <= names
    assert set(CAUSES) <= first | {"sublimation.t_grain"}
    assert {key for keys in CAUSES.values() for key in keys} <= names


def test_all_problems_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.nml").write_text("&mars t0='x'\n driver='y' /\n&ring a=1 /\n&run name='\n")
    message = refused(capsys, "run", "bad.nml", "--set", "stop.t_end=-1")
    assert [line.split(": ")[0] for line in message.splitlines()] == [
        "bad.nml:1",
        "bad.nml:2",
        "bad.nml:3",
        "bad.nml:4",
        "bad.nml:4",
        "command line",
        "marsdisk",
    ]


def test_one_mistake_is_one_problem(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.nml").write_text("&mars\n  t0 = hot\n/\n")
    message = refused(capsys, "run", "bad.nml")
    assert message.splitlines() == [
        "bad.nml:2: mars.t0: hot is not a number; expected a number >= 10 and <= 20000 [K]",
        "marsdisk: 1 problem in the input, nothing was written",
    ]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"&run name='a\0b' /", "is a binary file"),
        (b"\x89HDF\r\n\x1a\n\0\0", "is a binary file"),
        (b"&run\n name='\xff' /", "bad.nml:2: is not UTF-8 text"),
        ("&run /".encode("utf-16"), "is UTF-16 text"),
        (b"! " + b"x" * 1_000_001, "is larger than"),
        (b" \n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
    ],
)
def test_not_a_text_file(data: bytes, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.nml").write_bytes(data)
    assert what in refused(capsys, "run", "bad.nml")


def test_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("standard.nml").write_text("&run /")
    message = refused(capsys, "run", "standart.nml")
    assert "standart.nml: there is no such file; did you mean standard.nml?" in message


def test_directory(capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.nml").mkdir()
    assert "run.nml: is a directory" in refused(capsys, "run", "run.nml")


def test_missing_table_names_both_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cases").mkdir()
    Path("cases/bad.nml").write_text("&mars driver='table' table='t.csv' /")
    message = refused(capsys, "run", "cases/bad.nml")
    assert f"looked in {tmp_path / 'cases'} and {tmp_path}" in message


TABLES = {
    "no header": ("0, 4000\n1, 3000\n", "t.csv:1", "header is missing"),
    "unknown unit": ("time_min, temperature_K\n0, 1\n1, 2\n", "t.csv:1", "time_s or time_d"),
    "three columns": ("time_s, r_RMars, temperature_K\n0, 1, 2\n", "t.csv:1", "3 columns"),
    "short row": ("time_s, temperature_K\n0, 4000\n1\n", "t.csv:3", "expected 2"),
    "word": ("time_s, temperature_K\n0, 4000\n1, hot\n", "t.csv:3", "'hot' is not a number"),
    "nan": ("time_s, temperature_K\n0, 4000\n1, nan\n", "t.csv:3", "expected a finite number"),
    "negative": ("time_s, temperature_K\n0, 4000\n1, -3\n", "t.csv:3", "> 0"),
    "falling time": ("time_s temperature_K\n0 4000\n2 3e3\n\n1 2e3\n", "t.csv:5", "increasing"),
    "one row": ("time_s, temperature_K\n0, 4000\n", "t.csv", "expected 2 or more"),
    "empty": ("# only a comment\n", "t.csv", "the table is empty"),
    "late start": ("time_d, temperature_K\n1, 4e3\n9, 1e3\n", "bad.nml:1", "first time to be 0"),
    "stays hot": ("time_d, temperature_K\n0, 4e3\n9, 3e3\n", "bad.nml:1", "would never end"),
    "too short": ("time_d, temperature_K\n0, 4e3\n9, 1e3\n", "bad.nml:1", "covers the run"),
}


@pytest.mark.parametrize(("text", "place", "what"), TABLES.values(), ids=TABLES.keys())
def test_bad_table(text: str, place: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text(text)
    Path("bad.nml").write_text("&mars driver='table' table='t.csv' /\n")
    options = ["--set", "stop.t_end=1"] if what == "covers the run" else []
    message = refused(capsys, "run", "bad.nml", *options)
    assert any(place in line and what in line for line in message.splitlines()), message
    assert "mars.table: " in message or "stop.t_end: " in message


@pytest.mark.parametrize(
    ("group", "kind", "table"),
    [
        ("&deep table='t.csv' /", "deep.table", "r_RMars sigma_kg_m2\n1.5 1\n2.0 1\n"),
        (
            "&collisions e_profile='table' e_table='t.csv' /",
            "collisions.e_table",
            "r_RMars e\n1.5 .1\n2.0 .1\n",
        ),
        (
            "&supply mode='table' table='t.csv' /",
            "supply.table",
            "time_yr r_RMars rate_kg_m2_s\n0 1.5 1\n0 2.0 1\n9 1.5 1\n9 2.0 1\n",
        ),
    ],
)
def test_table_must_cover_the_rings(
    group: str, kind: str, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(table)
    Path("bad.nml").write_text(group)
    message = refused(capsys, "run", "bad.nml")
    assert f"bad.nml:1: {kind}: t.csv covers 1.5 to 2 R_Mars" in message


def test_table_is_no_full_grid(capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text("time_yr r_RMars rate_kg_m2_s\n0 1 1\n0 3 1\n9 1 1\n")
    Path("bad.nml").write_text("&supply mode='table' table='t.csv' /")
    assert "not a full grid" in refused(capsys, "run", "bad.nml")


def test_existing_output(capsys: pytest.CaptureFixture[str]) -> None:
    Path("good.nml").write_text("&run output='here.nc' /")
    Path("here.nc").write_text("precious")
    message = refused(capsys, "run", "good.nml")
    assert "good.nml: run.output: 'here.nc' exists already; use --force" in message
    assert "--output: 'here.nc' exists" in refused(capsys, "run", "good.nml", "--output", "here.nc")
    assert Path("here.nc").read_text() == "precious"


def test_default_output_exists(capsys: pytest.CaptureFixture[str]) -> None:
    Path("good.nml").write_text("&run name='a' /")
    Path("output").mkdir()
    Path("output/a.nc").write_text("precious")
    assert "'output/a.nc' exists already" in refused(capsys, "run", "good.nml")


def test_output_without_a_parent(capsys: pytest.CaptureFixture[str]) -> None:
    Path("good.nml").write_text("&run /")
    message = refused(capsys, "run", "good.nml", "--output", "no/where/a.nc")
    assert "--output: there is no directory 'no/where'; create it first" in message


def test_output_is_a_directory(capsys: pytest.CaptureFixture[str]) -> None:
    Path("good.nml").write_text("&run /")
    assert "'.' is a directory" in refused(capsys, "run", "good.nml", "--output", ".")


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "a.nml", "--threads", "0"),
        ("run", "a.nml", "--wall", "-1"),
        ("run", "a.nml", "--frce"),
        ("rnu", "a.nml"),
        ("plot", "missing.nc"),
        ("plot", "missing.nc", "--format", "gif"),
        ("describe", "mars.t1"),
        ("describe", "marz"),
        ("describe", "rings.n_ring", "--kind", "capture"),
        ("describe", "lifetimes", "--output-variables", "--kind", "capture"),
        ("prep", "namelists"),
    ],
)
def test_bad_command_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, *arguments)
