# SPDX-License-Identifier: BSD-3-Clause
"""Namelists that are right: reading, writing back, and that no text whatever ends badly."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marsdisk.cli.main import main
from marsdisk.config.read import default_config, read_namelist, read_text
from marsdisk.config.schema import KINDS, Key, Range, real_text, run_kind, show
from marsdisk.config.tables import read_table
from marsdisk.config.write import write_namelist, write_template
from marsdisk.errors import InputError

ROOT = Path(__file__).parent.parent
NAMELISTS = sorted((ROOT / "namelists").glob("*.nml"))
DISK = run_kind("disk")
HERE = Path("test.nml")


@pytest.mark.parametrize("path", NAMELISTS, ids=lambda path: path.stem)
def test_example_reads_without_problems(path: Path) -> None:
    config = read_namelist(path)
    assert config.warnings == ()
    assert config["run"]["name"] == path.stem
    assert read_text(write_namelist(config), path).groups == config.groups


STANDARD = {"disk": "standard", "capture": "capture"}


def test_every_kind_has_a_standard() -> None:
    assert set(STANDARD) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_standard_is_the_defaults(kind: str) -> None:
    config = read_namelist(ROOT / "namelists" / f"{STANDARD[kind]}.nml")
    for name in run_kind(kind).names():
        group, key = name.split(".")
        assert config[group][key] == run_kind(kind).key(name).default, name


@pytest.mark.parametrize("kind", KINDS)
def test_standard_is_the_template_of_the_schema(kind: str) -> None:
    path = ROOT / "namelists" / f"{STANDARD[kind]}.nml"
    assert path.read_text() == write_template(kind)


def test_a_namelist_that_does_not_say_its_kind_is_a_disk() -> None:
    assert read_text("&run /", HERE).kind == "disk"
    assert read_text("&run /", HERE, ["run.kind=capture"]).kind == "capture"


def test_standard_run_of_the_science_page() -> None:
    config = default_config("disk")
    assert config["rings"] == {"r_in": 1.0, "r_out": 2.7, "n_ring": 32, "spacing": "linear"}
    assert config["mars"]["driver"] == "slab"
    assert config["mars"]["t0"] == 4000.0
    assert config["supply"]["mode"] == "const"
    assert config["supply"]["f_orb"] == 0.05
    assert config["sublimation"]["active"] is False
    assert config["deep"]["m_in"] == 3.0e-5


def test_values_have_the_type_of_their_key() -> None:
    types = {"text": str, "file": str, "logical": bool, "integer": int, "real": float,
             "reals": tuple}
    config = read_text("&mars t0=3500 /\n&rings n_ring=+3 /", HERE)
    for name in DISK.names():
        group, key = name.split(".")
        assert type(config[group][key]) is types[DISK.key(name).type], name
    assert config["mars"]["t0"] == 3500.0
    assert config["rings"]["n_ring"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "&mars t0=3500.0 /",
        "&mars t0=3500.0 /\n",
        "\ufeff&mars t0=3500.0 /\n",
        "&mars\r\n t0=3500.0\r\n/\r\n",
        "&mars\r t0=3500.0\r/",
        "&MARS\n\tT0 = 3.5D3 ! kelvin, \u6e29\u5ea6\n/ ! end",
        "$mars t0=3500. $end",
        "&mars t0=3500. &end",
        "&mars t0=\n 3500.,\n/",
        "&mars t0=3500.,driver='slab',/",
        "&mars t0=3500. driver=\"slab\" /",
        "! first\n&mars ! second / &rings\n t0 = 35.e+2 /",
        "&mars t0=3500 / &rings n_ring=32 /",
    ],
)
def test_ways_to_write_the_same(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_bytes(text.encode("utf-8"))
    config = read_namelist(path)
    assert config["mars"]["t0"] == 3500.0
    assert config["mars"]["driver"] == "slab"


@pytest.mark.parametrize("word", [".true.", ".TRUE.", "T", "t", ".t.", "true"])
def test_logicals(word: str) -> None:
    assert read_text(f"&sublimation active={word} /", HERE)["sublimation"]["active"] is True


@pytest.mark.parametrize(
    ("written", "value"),
    [("'it''s'", "it's"), ('"it\'s"', "it's"), ("'a/b!c,d&e=f'", "a/b!c,d&e=f"), ("''", ""),
     ("'%d \\n'", "%d \\n"), ("' a '", " a ")],
)
def test_texts(written: str, value: str) -> None:
    config = read_text(f"&run output={written} /", HERE)
    assert config["run"]["output"] == value
    assert read_text(write_namelist(config), HERE)["run"]["output"] == value


def test_lists() -> None:
    text = "&collisions qd_set='custom' q_s=1.,2. 3.,\n 4.,5.,6.,7d0 /"
    config = read_text(text, HERE)
    assert config["collisions"]["q_s"] == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    assert read_text(write_namelist(config), HERE).groups == config.groups


def test_overrides_go_before_the_file() -> None:
    overrides = ["mars.t0=3.5e3", "run.name=b", "MARS.driver = 'linear'", "output.psd=.false."]
    config = read_text("&run name='a' /\n&mars t0=5e3 /", HERE, overrides)
    assert config["mars"]["t0"] == 3500.0
    assert config["mars"]["driver"] == "linear"
    assert config["run"]["name"] == "b"
    assert config["output"]["psd"] is False


def test_config_is_immutable() -> None:
    config = default_config("disk")
    with pytest.raises(FrozenInstanceError):
        config.kind = "other"
    with pytest.raises(TypeError):
        config["mars"]["t0"] = 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_canonical_text(kind: str) -> None:
    text = write_namelist(default_config(kind))
    assert text.isascii() and text.endswith("/\n")
    names = [line[1:] for line in text.splitlines() if line.startswith("&")]
    assert names == [group.name for group in run_kind(kind).groups]
    keys = [line.split("=")[0].strip() for line in text.splitlines() if " = " in line]
    assert keys == [name.split(".")[1] for name in run_kind(kind).names()]
    assert all(key == key.lower() for key in names + keys)


def test_tables_are_found_beside_the_namelist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cases").mkdir()
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cases" / "a.nml"
    path.write_text("&mars driver='table' table='t.csv' /")
    header = "# cooling\ntime_d, temperature_K\n"
    (tmp_path / "t.csv").write_text(header + "0, 3000\n800, 1000 ! cold\n")
    config = read_namelist(path)
    assert config.files["mars.table"] == tmp_path / "t.csv"
    (tmp_path / "cases" / "t.csv").write_text(header + "0, 4000\n\n800 1000\n")
    config = read_namelist(path)
    assert config.files["mars.table"] == tmp_path / "cases" / "t.csv"
    table = config.tables["mars.table"]
    np.testing.assert_array_equal(table.x, [0.0, 800 * 86400.0])
    np.testing.assert_array_equal(table.z, [4000.0, 1000.0])
    assert table.y.size == 0


def test_table_in_time_and_radius(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("time_yr r_RMars rate_kg_m2_s\n0 1 1\n0 3 2\n9 1 3\n9 3 4\n")
    table = read_table("rate", path)
    np.testing.assert_array_equal(table.x, [0.0, 9 * 365.25 * 86400.0])
    np.testing.assert_array_equal(table.y, [1.0, 3.0])
    np.testing.assert_array_equal(table.z, [[1.0, 2.0], [3.0, 4.0]])


def test_tables_that_are_not_used_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("nonsense")
    path = tmp_path / "a.nml"
    path.write_text("&mars table='t.csv' /")
    config = read_namelist(path)
    assert not config.tables
    assert ["has no effect" in warning.what for warning in config.warnings] == [True]


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("&collisions e=0.3 /", "collisions.e", "has no effect"),
        ("&collisions e_profile='const' /", "collisions.e", "pericentres inside Mars for r < 2 "),
        ("&sublimation alpha=0.05 /", "sublimation.alpha", "has no effect"),
        ("&sublimation active=T material='sio' /", "sublimation.alpha", "SiO has alpha = 0.007"),
        ("&stop t_end=1. mdot_min=1e-20 /", "stop.mdot_min", "never acts"),
        ("&collisions s_floor='surface_energy' /", "grains.n_bin", "too few for the surface-ener"),
    ],
)
def test_warnings(text: str, key: str, what: str) -> None:
    (warning,) = read_text("\n" + text, HERE).warnings
    if "e_profile" not in text and "sio" not in text:
        assert warning.place == "test.nml:2"
    assert warning.key == key
    assert what in warning.what


@pytest.mark.parametrize("text", [
    "&sublimation material='custom' mu_vapour=0.06 / &transport viscosity='alpha' /",
    "&radiation exposure='thin' blowout=F / &transport pr_drag=T /",
    "&collisions q_frag=3.3 fragmentation=F /",
    "&transport instability='patches' t_photosphere=1500. /",
])
def test_what_has_an_effect_is_not_called_idle(text: str) -> None:
    """The vapour's mass in the alpha law, the exposure in the drag, the slope of mass inside a bin
    that is unbound in part, the printed viscous time."""
    assert not [w for w in read_text(text, HERE).warnings if "no effect" in w.what]


def test_prep_namelist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.nml"
    for arguments in (["prep", "namelist"], ["prep", "namelist", "--to", str(path)]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
    said = f"{path}: every key of kind 'disk' with its default\n"
    assert capsys.readouterr().out == write_template("disk") + said
    assert path.read_text() == write_template("disk")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("(0, 1]", (1e-300, 1.0), (0.0, 1.0000001, -1.0)),
        ("[1, inf)", (1.0, 1e300), (0.999,)),
        ("[0, 1)", (0.0, 0.999), (1.0,)),
    ],
)
def test_range(text: str, inside: tuple[float, ...], outside: tuple[float, ...]) -> None:
    interval = Range.parse(text)
    assert all(number in interval for number in inside)
    assert not any(number in interval for number in outside)
    not_a_number = math.nan
    assert not_a_number not in interval


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_reals_keep_all_their_digits(number: float) -> None:
    text = real_text(number)
    assert float(text) == number
    assert "." in text


def _values(key: Key) -> st.SearchStrategy[object]:
    """Allowed values of a key."""
    limits = key.range
    match key.type:
        case "logical":
            return st.sampled_from([v for v in (True, False) if v not in key.later])
        case "integer":
            return st.integers(int(limits.low), int(min(limits.high, 10**6)))
        case "real" | "reals":
            reals = st.floats(
                max(limits.low, -1e300), min(limits.high, 1e300),
                exclude_min=limits.low_open, exclude_max=limits.high_open,
            )
            if key.type == "real":
                return reals
            return st.tuples(*[reals] * len(key.default))
    if key.choices:
        return st.sampled_from(key.choices)
    return st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(list(KINDS)), st.data())
def test_any_allowed_value_survives_writing_and_reading(kind: str, data: st.DataObject) -> None:
    definition = run_kind(kind)
    names = data.draw(st.lists(st.sampled_from(definition.names()), max_size=6, unique=True))
    keys = {name: definition.key(name) for name in names if name != "run.kind"}
    given_ = {name: data.draw(_values(key)) for name, key in keys.items() if key.type != "file"}
    overrides = [f"{name}={show(value)}" for name, value in given_.items()]
    try:
        config = read_text(f"&run kind='{kind}' /", HERE, overrides)
    except InputError as error:  # a contradiction between keys, never a misread value
        assert all("cannot read" not in problem.what for problem in error.problems)
        return
    for name, value in given_.items():
        group, key = name.split(".")
        assert config[group][key] == value
    assert read_text(write_namelist(config), HERE).groups == config.groups


_NAMES = [name for group in DISK.groups for name in (group.name, *(k.name for k in group.keys))]
_PIECE = st.one_of(
    st.sampled_from([*"&$/=,()%*!'\";:\n\r\t #", "&end", "$end", "3*1.0", "1.0d5", "NaN", "-inf",
                     ".true.", "'a'", "''", "1", "\ufeff", "\u3000", "\0", "&run", "&mars", "t0="]),
    st.sampled_from(_NAMES),
    st.text(max_size=5),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(_PIECE, max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        config = read_text(text, HERE)
    except InputError as error:
        assert error.problems
    else:
        assert read_text(write_namelist(config), HERE).groups == config.groups


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(KINDS)), st.integers(0, 10_000), st.integers(0, 40),
       st.text(max_size=4))
def test_a_damaged_namelist_is_read_or_refused(
    kind: str, start: int, length: int, patch: str
) -> None:
    text = write_template(kind)
    try:
        read_text(text[:start] + patch + text[start + length :], HERE)
    except InputError as error:
        assert error.problems


@settings(max_examples=200, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.nml"
    path.write_bytes(data)
    try:
        read_namelist(path)
    except InputError as error:
        assert error.problems
    path.write_bytes(b"time_s, temperature_K\n" + data)
    try:
        read_table("temperature", path)
    except InputError as error:
        assert error.problems
    path.write_bytes(b"v_AU_yr, u_AU_yr\n" + data)
    try:
        read_table("entries", path)
    except InputError as error:
        assert error.problems


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_override_is_read_or_refused(text: str) -> None:
    for override in (text, f"mars.t0={text}", f"run.output={text}", f"output.psd={text}"):
        try:
            read_text("&run /", HERE, [override])
        except InputError as error:
            assert error.problems


def test_every_kind_has_a_template_that_reads() -> None:
    for kind in KINDS:
        assert read_text(write_template(kind), HERE).groups == default_config(kind).groups
