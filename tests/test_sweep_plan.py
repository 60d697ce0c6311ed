# SPDX-License-Identifier: BSD-3-Clause
"""What a sweep varies: lists, ranges, samples, names; and that every bad member is reported."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk.cli.main import main
from marsdisk.config.read import read_namelist
from marsdisk.config.schema import run_kind
from marsdisk.errors import InputError
from marsdisk.sweep import axes, manifest
from marsdisk.sweep.local import chosen, shares
from marsdisk.sweep.plan import member_name, plan
from marsdisk.sweep.scalars import DEFAULTS, scalar_problems, scalars_of
from marsdisk.sweep.table import cf_units
from refusal import refused

QUICK = NAMELISTS / "quick.nml"
CAPTURE = NAMELISTS / "capture_quick.nml"
T0 = run_kind("disk").key("mars.t0")
N_RING = run_kind("disk").key("rings.n_ring")
START_U = run_kind("capture").key("start.u")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory with quick.nml."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(QUICK, tmp_path / "quick.nml")
    return tmp_path


def planned(text: str, *settings: str):
    """Plan of a sweep file."""
    Path("s.toml").write_text(f'base = "quick.nml"\n{text}')
    return plan(Path("s.toml"), settings)


def values(found, key: str) -> list:
    """Values of a key, member by member."""
    return [member.values[key] for member in found.sweep.members]


@pytest.mark.parametrize(("key", "text", "expected"), [
    (T0, "3000,4000", ["3000", "4000"]),
    (T0, "3000", ["3000"]),
    (T0, " 3000 ; 4000", ["3000", "4000"]),
    (T0, "3000,,4000", ["3000", "", "4000"]),
    (START_U, "0.01,0.1,10", ["0.01,0.1,10"]),
    (START_U, "0.01,0.1,10;0.02,0.1,10", ["0.01,0.1,10", "0.02,0.1,10"]),
    (None, "'a,b',c", ["'a,b'", "c"]),
    (None, "a,b;", ["a,b"]),
    (None, "'a;b'", ["'a;b'"]),
])
def test_values_on_the_command_line(key, text: str, expected: list[str]) -> None:
    assert axes.split_values(text, key) == expected


def test_latin_hypercube_has_one_sample_in_each_part_of_each_key() -> None:
    found = axes.latin_shares(50, 4, seed=3)
    assert np.array_equal(np.sort(np.floor(found * 50), axis=0),
                          np.repeat(np.arange(50.0)[:, None], 4, axis=1))
    assert np.array_equal(found, axes.latin_shares(50, 4, seed=3))
    assert not np.array_equal(found, axes.latin_shares(50, 4, seed=4))
    correlation = np.corrcoef(found.T) - np.eye(4)
    assert np.abs(correlation).max() < 0.5  # the keys are shuffled apart: 0.26 here


def test_random_samples_are_uniform_and_the_first_do_not_depend_on_their_number() -> None:
    found = axes.random_shares(2000, 2, seed=1)
    assert np.array_equal(found[:10], axes.random_shares(10, 2, seed=1))
    assert not np.array_equal(found[:10], axes.random_shares(10, 2, seed=2))
    assert np.abs(found.mean(axis=0) - 0.5).max() < 4.0 * np.sqrt(1 / 12 / 2000)
    assert np.abs(np.histogram(found, 10, (0, 1))[0] / 400 - 1.0).max() < 4.0 / np.sqrt(400)


def test_samples_fill_their_ranges() -> None:
    shares_ = np.linspace(0.0, 1.0, 1001)[:-1]
    linear = [float(x) for x in axes.sampled_values({"low": 10, "high": 20}, T0, shares_)]
    assert linear[0] == 10.0 and linear[500] == 15.0 and max(linear) < 20.0
    log = axes.sampled_values({"low": 0.1, "high": 10, "spacing": "log"}, T0, shares_)
    assert float(log[0]) == 0.1 and float(log[500]) == 1.0
    whole = axes.sampled_values({"low": 2, "high": 5}, N_RING, shares_)
    assert {text: whole.count(text) for text in set(whole)} == dict.fromkeys("2345", 250)
    choices = axes.sampled_values(["a", "b"], None, shares_)
    assert choices.count("'a'") == choices.count("'b'") == 500


def test_ranges_of_a_grid() -> None:
    def grid(first: float, last: float, count: int, spacing: str, key=T0) -> list[str]:
        return axes.grid_values(
            {"first": first, "last": last, "count": count, "spacing": spacing}, key)

    assert grid(0.1, 0.5, 5, "linear") == ["0.1", "0.2", "0.3", "0.4", "0.5"]
    assert grid(0.1, 10, 3, "log") == ["0.1", "1.0", "10.0"]
    assert grid(1, 5, 3, "linear", N_RING) == ["1", "3", "5"]
    assert grid(5, 1, 2, "linear", N_RING) == ["5", "1"]


def test_all_combinations_the_last_key_fastest() -> None:
    found = plan(QUICK, ["mars.t0=3000,4000", "rings.n_ring=1,2,3"])
    assert values(found, "mars.t0") == [3000.0] * 3 + [4000.0] * 3
    assert values(found, "rings.n_ring") == [1, 2, 3] * 2
    assert [member.name for member in found.sweep.members][:2] == [
        "quick_0_t0-3000_n_ring-1", "quick_1_t0-3000_n_ring-2"]
    again = plan(QUICK, ["mars.t0=3000,4000", "rings.n_ring=1,2,3"])
    assert again.sweep.identity == found.sweep.identity and again.texts == found.texts
    assert plan(QUICK, ["mars.t0=3000,4001", "rings.n_ring=1,2,3"]).sweep.identity \
        != found.sweep.identity


def test_sweep_file_combines_grids_zipped_lists_and_samples() -> None:
    found = planned("""
scalars = ["m_loss_mars"]
[set]
grains.n_bin = 10
[grid]
mars.t0 = [3000, 4e3]
[grid.surface]
tau0 = { first = 0.1, last = 10, count = 3, spacing = "log" }
[zip]
"rings.r_in" = [1.0, 1.5]
rings.r_out = [2.0, 2.5]
[latin_hypercube]
n = 4
seed = 2
rings.n_ring = { low = 1, high = 4 }
collisions.law = ["two_body", "ls12"]
""")
    sweep = found.sweep
    assert sweep.scalars == ("m_loss_mars",)
    assert [(axis.keys, axis.count, axis.sampled) for axis in sweep.axes] == [
        (("mars.t0",), 2, False), (("surface.tau0",), 3, False),
        (("rings.r_in", "rings.r_out"), 2, False), (("rings.n_ring", "collisions.law"), 4, True)]
    assert len(sweep.members) == 2 * 3 * 2 * 4
    assert set(zip(values(found, "rings.r_in"), values(found, "rings.r_out"), strict=True)) \
        == {(1.0, 2.0), (1.5, 2.5)}
    assert sorted(values(found, "rings.n_ring")[:4]) == [1, 2, 3, 4]  # one in each quarter
    assert sorted(values(found, "collisions.law")[:4]) == ["ls12", "ls12", "two_body", "two_body"]
    assert all("n_bin = 10\n" in text for text in found.texts)


def test_command_line_adds_to_a_sweep_file() -> None:
    found = planned("[grid]\nmars.t0 = [3000, 4000]\n[set]\nrings.n_ring = 3", "rings.r_out=2,2.5",
                    "grains.n_bin=11")
    assert len(found.sweep.members) == 4
    assert all("n_bin = 11\n" in text and "n_ring = 3\n" in text for text in found.texts)


def test_lists_of_numbers_are_separated_by_semicolons() -> None:
    found = plan(CAPTURE, ["start.u=0.01,0.1,3;0.02,0.1,3", "body.radius=1,10"])
    assert values(found, "start.u") == [(0.01, 0.1, 3.0)] * 2 + [(0.02, 0.1, 3.0)] * 2
    assert found.sweep.kind == "capture"
    Path("s.toml").write_text(
        f'base = "{CAPTURE}"\n[grid]\nstart.u = [[0.01, 0.1, 3], [0.02, 0.1, 3]]\n'
        "body.radius = [1, 10]\ntides.active = [true]\n")
    from_file = plan(Path("s.toml"), [])
    assert values(from_file, "start.u") == values(found, "start.u")
    assert from_file.sweep.members[0].name.endswith("radius-1_active-true")
    assert found.sweep.members[0].name == "capture_quick_0_u-0.01_0.1_3_radius-1"


def test_resolved_namelist_of_a_member_is_that_of_the_run() -> None:
    found = plan(QUICK, ["mars.t0=3000,4000", "surface.tau0=0.5", "run.name=mine"])
    Path("member.nml").write_text(found.texts[1])
    member = read_namelist("member.nml")
    expected = read_namelist(QUICK, ["mars.t0=4000", "surface.tau0=0.5", "run.name=mine_1_t0-4000"])
    assert member.groups == expected.groups


@pytest.mark.parametrize(("values_", "expected"), [
    ({"mars.t0": 3000.0}, "s_07_t0-3000"),
    ({"grains.s_min": 1.0e-7, "rings.n_ring": 4}, "s_07_s_min-1e-07_n_ring-4"),
    ({"start.tau_gas": (1.0, 2.0, 3.0), "atmosphere.tau_gas": 0.5},
     "s_07_start.tau_gas-1_2_3_atmosphere.tau_gas-0.5"),
    ({"mars.table": "../a b/T (1).txt", "radiation.blowout": False},
     "s_07_table-T-1-_blowout-false"),
    ({"mars.table": ""}, "s_07_table-none"),
    ({f"grains.key{k}": 1.0 / 3.0 for k in range(30)}, "s_07_" + "_".join(
        f"key{k}-0.333333" for k in range(7))),
])
def test_names_of_members(values_: dict, expected: str) -> None:
    name = member_name("s", 7, 12, values_)
    assert name == expected
    assert all(c.isascii() and (c.isalnum() or c in "._+-") for c in name)


def test_every_bad_member_is_reported_at_once_with_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    message = refused(capsys, "sweep", "quick.nml", "--set", "mars.t0=3000,4e5", "--set",
                      "surface.tau0=0.5,-1", "--set", "rings.n_ringg=4")
    lines = message.splitlines()
    assert lines[0] == "command line: rings.n_ringg: &rings has no such key; did you mean n_ring?"
    assert "surface.tau0: -1.0 is out of range (members 1, 3: 2 of 4)" in lines[1]
    assert "mars.t0: 400000.0 is out of range (members 2, 3: 2 of 4)" in lines[2]
    Path("s.toml").write_text("""base = "quick.nml"
[grid]
# t0 = no
mars.t0 = [3000, 70000]
[zip]
rings.r_in = [1.0, 1.5, 1.6]
rings.r_out = [2.0, 0.5, 1.0]
""")
    message = refused(capsys, "sweep", "s.toml")
    assert "s.toml:7: rings.r_out: 0.5 is out of range (members 1, 4: 2 of 6)" in message
    assert "s.toml:4: mars.t0: 70000.0 is out of range (members 3, 4, 5: 3 of 6)" in message
    # a check between keys: r_out below r_in in one member of each grid value
    Path("s.toml").write_text("""base = "quick.nml"
[zip]
rings.r_in = [1.0, 2.5]
rings.r_out = [2.0, 2.2]
""")
    message = refused(capsys, "sweep", "s.toml")
    assert "(member 1: rings.r_in=2.5, rings.r_out=2.2)" in message and "s.toml:" in message


def test_members_that_the_core_refuses_are_known_before_anything_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    err = refused(capsys, "sweep", "quick.nml", "--set", "deep.m_in=1e-12,1e-5", "--output", "s")
    assert "command line: deep.m_in: the initial surface" in err
    assert "(member 0: deep.m_in=1e-12)" in err and "member 1" not in err


def test_the_base_and_its_own_lines_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.nml").write_text("&run name='b' /\n&rings n_ring=0 /\n")
    message = refused(capsys, "sweep", "b.nml", "--set", "mars.t0=3000,4000")
    assert message.startswith("b.nml:2: rings.n_ring: 0 is out of range; expected")
    assert "did you mean quick.nml" in refused(
        capsys, "sweep", "quik.nml", "--set", "mars.t0=3000,4000")


@pytest.mark.parametrize(("text", "place", "what"), [
    ("[grid]\nmars.t0 = 3000", "s.toml:3: mars.t0", "is one value"),
    ("[grid]\nmars.t0 = []", "s.toml:3: mars.t0", "the list is empty"),
    ("[grid]\nmars.t0 = { first = 1, last = 2 }", "s.toml:3: mars.t0", "is not complete"),
    ("[grid]\nmars.t0 = { first=1, last=2, count=2, by=3 }", "s.toml:3", "unknown part 'by'"),
    ("[grid]\nmars.t0 = { first=0, last=2, count=2, spacing='log' }", "s.toml:3", "spaced in log"),
    ("[grid]\nmars.t0 = { first=1, last=2, count=2, spacing='lin' }", "s.toml:3", "not a choice"),
    ("[grid]\nmars.t0 = { first=1, last=2, count=0 }", "s.toml:3", "count = 0"),
    ("[grid]\nmars.t0 = { first=1, last=inf, count=2 }", "s.toml:3", "last = inf is not a number"),
    ("[grid]\nmars.t0 = [3000, 1979-05-27]", "s.toml:3", "cannot be a value"),
    ("[grid]\nt0 = [3000, 4000]", "s.toml:3: t0", "is no key"),
    ("[grid]\nmars.t0 = [3000, 4000]\n[zip]\nmars.t0 = [1, 2]", "mars.t0", "is set twice"),
    ("[grid]\nrun.name = ['a', 'b']", "s.toml:3: run.name", "cannot be varied"),
    ("[set]\nrun.output = 'a'\n[grid]\nmars.t0=[3000,4000]", "s.toml:3: run.output", "cannot be"),
    ("[zip]\nmars.t0 = [3000, 4000]\nrings.n_ring = [1]", "s.toml:2: [zip]", "differ in length"),
    ("[zip]\nmars.t0 = 3", "s.toml:3: mars.t0", "is no list"),
    ("[random]\nmars.t0 = { low = 1, high = 2 }", "s.toml:2: n", "n = None"),
    ("[random]\nn = 2\nseed = -1\nmars.t0 = { low = 1, high = 2 }", "s.toml:4: seed", "-1"),
    ("[random]\nn = 2", "s.toml:2: [random]", "no key is sampled"),
    ("[random]\nn = 2\nmars.t0 = { low = 2, high = 1 }", "s.toml:4", "is not below"),
    ("[latin_hypercube]\nn = 2\nmars.t0 = 7", "s.toml:4: mars.t0", "is one value"),
    ("[gird]\nmars.t0 = [1, 2]", "s.toml: [gird]", "did you mean grid?"),
    ("scalars = 'a'\n[grid]\nmars.t0=[1,2]", "s.toml:2: scalars", "is no list of texts"),
    ("scalars = ['m_los']\n[grid]\nmars.t0=[1,2]", "s.toml: m_los", "did you mean m_loss"),
    ("grid = 3", "s.toml:2: grid", "is one value"),
    ("[grid]\nmars.t0 = [3000, ", "s.toml", "is not TOML"),
    ("[set]\nmars.t0 = 3000", "s.toml", "nothing is varied"),
    ("[grid]\nmars.t0 = { first=1, last=9, count=99999 }\nrings.n_ring = [1, 2]", "s.toml:3",
     "199998 members"),
])
def test_mistakes_in_sweep_files(
    text: str, place: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("s.toml").write_text(f'base = "quick.nml"\n{text}\n')
    message = refused(capsys, "sweep", "s.toml")
    assert any(line.startswith((place, f"s.toml:5: {place}")) and what in line
               for line in message.splitlines()), message


def test_mistakes_of_the_sweep_hide_none_of_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    """A bad range, an unknown key, a bad value: all at once; nothing follows from the range."""
    Path("s.toml").write_text("""base = "quick.nml"
scalars = ["m_los"]
[set]
grains.n_bin = -1
[grid]
mars.t0 = { first = 1, last = 2 }
mars.to = [1, 2]
rings.r_in = [1.5, 9.0]
rings.r_out = 3
""")
    lines = refused(capsys, "sweep", "s.toml").splitlines()
    for line, place in zip(lines, ("6: mars.t0: the range is not complete",
                                   "9: rings.r_out: 3 is one value",
                                   " m_los: a run has no such",
                                   "7: mars.to: &mars has no such key",
                                   "4: grains.n_bin: -1 is out of range"), strict=False):
        assert line.startswith(f"s.toml:{place}")
    assert "mars.t0" not in "".join(lines[3:-1]).replace("or t0?", "")
    assert "r_out" not in "".join(lines[2:-1])  # r_in > r_out of the base says nothing
    Path("s.toml").write_text('base = "quik.nml"\n[gird]\nmars.t0 = [1]\n[zip]\nmars.t0 = 3\n')
    lines = refused(capsys, "sweep", "s.toml").splitlines()
    assert [line.partition(";")[0] for line in lines[:-1]] == [
        "s.toml: [gird]: there is no such part", "s.toml:5: mars.t0: 3 is no list",
        "quik.nml: there is no such file"]


@pytest.mark.parametrize(("arguments", "what"), [
    (("quick.nml",), "nothing is varied"),
    (("quick.nml", "--set", "mars.t0=3000"), "nothing is varied"),
    (("quick.nml", "--set", "mars.t0"), "is not a setting"),
    (("quick.nml", "--set", "mars.t0=3,4", "--set", "mars.t0=5,6"), "is set twice"),
    (("quick.nml", "--set", "mars.t0=3000,3e3"), "members 0 and 1 are the same run"),
    (("quick.nml", "--set", "mars.t0=3000,,4000"), "has no value"),
    (("quick.nml", "--set", "run.output=a,b"), "cannot be set for a sweep"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--output", "no/such"), "no directory 'no'"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--output", "quick.nml"), "is not a folder"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--output", "."), "with other things in it"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--scalars", "m_loss"), "m_loss[-1]?"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--scalars", "max(m_los)"), "did you mean"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--scalars", "n_step,n_step"), "is there twice"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--scalars", "number[-1]"), "has 3 dimensions"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--partition", "a"), "without --slurm"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--slurm", "--jobs", "2"), "with --slurm"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--table"), "needs the folder of a sweep"),
    ((".", "--table"), "holds no sweep"),
    ((".", "--set", "mars.t0=3000,4000"), "for a sweep that is there already"),
    ((".", "--table", "--member", "1"), "has no meaning with --table"),
    (("quick.nml", "--set", "mars.t0=3000,4000", "--set", f"run.name={'n' * 240}"), "too long"),
    (("s.toml",), "there is no such file"),
])
def test_mistakes_on_the_command_line(
    arguments: tuple[str, ...], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert what in refused(capsys, "sweep", *arguments)


def test_warnings_are_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sweep", "quick.nml", "--set", "mars.t0=3000,4000", "--set", "collisions.e=0.3",
              "--dry-run"])
    out, err = capsys.readouterr()
    assert err.count("collisions.e: has no effect") == 1
    assert "quick_1_t0-4000" in out
    assert not Path("output").exists()


def test_folder_is_self_contained_and_can_be_moved(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    for name, rows in (("a", "0 4000\n3e8 1500\n"), ("b", "0 5000\n3e8 1500\n")):
        (tmp_path / "tables" / f"{name}.txt").write_text(f"time_s temperature_K\n{rows}")
    found = plan(Path("quick.nml"),
                 ["mars.driver=table", "mars.table=tables/a.txt,tables/b.txt"])
    sweep = manifest.put(found, tmp_path / "here", force=False)
    assert len(list((sweep.folder / "inputs").iterdir())) == 2
    shutil.rmtree(tmp_path / "tables")
    sweep.folder.rename(tmp_path / "there")
    moved = manifest.verify(manifest.load(tmp_path / "there"))
    assert moved.identity == sweep.identity
    for member, first in zip(moved.members, (4000.0, 5000.0), strict=True):
        config = read_namelist(moved.namelist(member))
        assert config.files["mars.table"].parent == tmp_path / "there/inputs"
        assert config.tables["mars.table"].z[0] == first


def test_folder_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "s").symlink_to("scratch")
    manifest.put(plan(Path("quick.nml"), ["mars.t0=3000,4000"]), tmp_path / "s", False)
    assert (tmp_path / "s").is_symlink() and (tmp_path / "scratch/manifest.json").is_file()


def test_example_is_a_sweep() -> None:
    found = plan(NAMELISTS / "sweep.toml", [])
    assert len(found.sweep.members) == 12


def test_manifest_names_what_the_sweep_was_made_of(tmp_path: Path) -> None:
    sweep = manifest.put(plan(Path("quick.nml"), ["mars.t0=3000,4000"]), tmp_path / "s", False)
    content = json.loads((tmp_path / "s/manifest.json").read_text())
    assert content["base"]["file"] == str(tmp_path / "quick.nml")
    assert len(content["base"]["sha256"]) == 64
    loaded = manifest.load(tmp_path / "s")
    assert loaded == sweep
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quick.nml", "s"]  # nothing aside


def test_a_changed_folder_is_refused(tmp_path: Path) -> None:
    sweep = manifest.put(plan(Path("quick.nml"), ["mars.t0=3000,4000"]), tmp_path / "s", False)
    path = sweep.namelist(sweep.members[1])
    path.write_text(path.read_text().replace("4000.0", "4100.0"))
    with pytest.raises(InputError, match="has changed since the sweep was planned"):
        manifest.verify(sweep)
    manifest.verify(sweep, [0])
    path.unlink()
    with pytest.raises(InputError, match="is missing"):
        manifest.verify(sweep)
    text = (tmp_path / "s/manifest.json").read_text()
    for wrong, what in ((text.replace("t0-3000", "t0-3001"), "was changed"), ("{", "be read"),
                        ("[]", "be read"), (text.replace('"format": 1', '"format": 9'), "version")):
        (tmp_path / "s/manifest.json").write_text(wrong)
        with pytest.raises(InputError, match=what):
            manifest.load(tmp_path / "s")


@pytest.mark.parametrize("kind", ["disk", "capture"])
def test_default_columns_are_known(kind: str) -> None:
    assert not list(scalar_problems(kind, DEFAULTS[kind], ""))
    names = [scalar.name for scalar in scalars_of(kind)]
    assert len(set(names)) == len(names)


def test_units_are_known_to_udunits() -> None:
    cf = pytest.importorskip("cf_units")
    for kind in ("disk", "capture"):
        for group in run_kind(kind).groups:
            for key in group.keys:
                assert cf.Unit(cf_units(key.unit)).is_convertible("1") or key.unit != "1"
    assert cf.Unit(cf_units("R_Mars")).convert(1.0, "km") == pytest.approx(3389.5)
    assert cf.Unit(cf_units("AU yr-1")).convert(1.0, "km s-1") == pytest.approx(4.740470, rel=1e-6)


@pytest.mark.parametrize(("todo", "jobs", "threads", "expected"), [
    (6, None, None, (4, 1)), (2, None, None, (2, 2)), (3, None, None, (3, 1)),
    (6, 2, None, (2, 2)), (6, None, 2, (2, 2)), (6, 8, 3, (6, 3)), (1, None, 16, (1, 16)),
    (0, None, None, (1, 4)),
])
def test_processors_are_shared(
    todo: int, jobs: int | None, threads: int | None, expected: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marsdisk.core.max_threads", lambda: 4)
    assert shares(todo, jobs, threads) == expected


def test_members_are_chosen_by_number() -> None:
    assert chosen(12, "3") == [3]
    assert chosen(12, "0-2,7,1") == [0, 1, 2, 7]
    for text in ("", "x", "12", "0-12", "3-", "5-2", "-1"):
        with pytest.raises(InputError):
            chosen(12, text)


def test_csv_of_a_sweep_that_has_not_begun(tmp_path: Path) -> None:
    manifest.put(plan(Path("quick.nml"), ["mars.t0=3000,4000"]), tmp_path / "s", False)
    with pytest.raises(SystemExit) as stop:
        main(["sweep", "s", "--table"])
    assert stop.value.code == 3
    with (tmp_path / "s/results.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["state"] for row in rows] == ["open", "open"]
    assert [float(row["mars_t0"]) for row in rows] == [3000.0, 4000.0]
    assert {row["m_loss_mars"] for row in rows} == {""}
