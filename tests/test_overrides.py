# SPDX-License-Identifier: BSD-3-Clause
"""What `--set` and `set=` mean: they go before the file, their paths begin where the user is."""

from __future__ import annotations

import shlex
from pathlib import Path

import marsdisk
import netCDF4
import pytest
from marsdisk.cli.main import main, run_main
from marsdisk.config.read import read_namelist, read_text
from marsdisk.config.write import write_namelist
from marsdisk.errors import InputError
from marsdisk.sweep.plan import plan
from refusal import refused

SMALL = ("&run name='x' /\n&rings n_ring=2 r_in=1.5 r_out=2.0 /\n&grains n_bin=20 /\n"
         "&stop t_end=0.01 /\n&output n_out=5 /\n")


@pytest.fixture(autouse=True)
def two_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with sigma.csv, and nn/x.nml in it beside another sigma.csv."""
    monkeypatch.chdir(tmp_path)
    Path("nn").mkdir()
    for folder, sigma in ((".", 1e4), ("nn", 2e4)):
        Path(folder, "sigma.csv").write_text(f"r_RMars sigma_kg_m2\n1 {sigma}\n3 {sigma}\n")
    Path("nn/x.nml").write_text(SMALL)
    return tmp_path


def ended(entry: object, *arguments: object) -> int:
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stop:
        entry([str(a) for a in arguments])
    return stop.value.code


def test_a_path_of_the_command_line_begins_where_the_user_is(two_tables: Path) -> None:
    def found(*settings: str, text: str = SMALL) -> Path:
        Path("nn/x.nml").write_text(text)
        return read_namelist("nn/x.nml", settings).files["deep.table"]

    assert found("deep.table=sigma.csv") == two_tables / "sigma.csv"
    assert found(text=SMALL + "&deep table='sigma.csv' /\n") == two_tables / "nn/sigma.csv"
    Path("sigma.csv").rename("nn/only_there.csv")
    assert found("deep.table=only_there.csv") == two_tables / "nn/only_there.csv"
    run = marsdisk.run(Path("nn/x.nml"), set={"deep.table": "nn/sigma.csv"}, output="x.nc")
    assert f"{two_tables / 'nn/sigma.csv'} sha256" in run.attributes["input_files"]


def test_a_run_that_goes_on_reads_the_file_it_began_with(
    two_tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ended(run_main, "nn/x.nml", "--set", "deep.table=sigma.csv", "--output", "x.nc",
                 "--quiet", "--wall", "1e-9") == 3
    monkeypatch.chdir("nn")
    assert ended(main, "resume", "../x.nc", "--quiet") == 0
    with netCDF4.Dataset("../x.nc") as data:
        assert f"deep.table: {two_tables / 'sigma.csv'} sha256" in data.input_files
        assert data["m_disk"][0] == pytest.approx(9.84e-7 * data["const_m_mars"][...], rel=1e-3)


def test_a_variant_of_a_configuration_reads_the_same_files() -> None:
    config = read_namelist("nn/x.nml", ["deep.table=sigma.csv"])
    finer = read_text(write_namelist(config), config.path, ["rings.n_ring=4"], files=config.files)
    assert finer.files == config.files
    other = read_text(write_namelist(config), config.path, ["deep.table=nn/sigma.csv"],
                      files=config.files)
    assert other.files["deep.table"].parent.name == "nn"


def test_in_a_sweep_paths_of_the_sweep_file_are_looked_for_beside_the_namelist_first(
    two_tables: Path
) -> None:
    Path("s.toml").write_text('base = "nn/x.nml"\n[set]\ndeep.table = "sigma.csv"\n'
                              "[grid]\nmars.t0 = [3000, 4000]\n")
    assert set(plan(Path("s.toml"), []).sources.values()) == {two_tables / "nn/sigma.csv"}
    typed = plan(Path("nn/x.nml"), ["mars.t0=3000,4000", "deep.table=sigma.csv"])
    assert set(typed.sources.values()) == {two_tables / "sigma.csv"}


@pytest.mark.parametrize("value", ["'abc'", "-5", "1 2 3", ",", "", "2*1.0", "'abc", "nan"])
def test_what_the_file_says_of_an_overridden_key_does_not_matter(value: str) -> None:
    text = f"&surface\n tau0 = {value}\n/\n"
    config = read_text(text, Path("x.nml"), ["surface.tau0=0.5"])
    assert config["surface"]["tau0"] == 0.5
    with pytest.raises(InputError, match=r"x.nml:2: surface.tau0"):
        read_text(text, Path("x.nml"))


def test_unknown_and_repeated_keys_are_reported_all_the_same() -> None:
    with pytest.raises(InputError) as caught:
        read_text("&surface taau0=1  tau0='a'\n tau0='b' /\n", Path("x.nml"),
                  ["surface.tau0=1", "surface.taau0=1"])
    assert [(p.place, p.key) for p in caught.value.problems] == [
        ("x.nml:1", "surface.taau0"), ("x.nml:2", "surface.tau0"),
        ("command line", "surface.taau0")]


def test_history_repeats_the_run() -> None:
    words = ("--set", "deep.table=sigma.csv", "--set", "handover.t_end=0.005, 0.01")
    assert ended(run_main, "nn/x.nml", *words, "--output", "x.nc", "--quiet", "--wall", "1e-9") == 3
    assert ended(main, "resume", "x.nc", "--quiet") == 0
    with netCDF4.Dataset("x.nc") as data:
        begun, resumed = (shlex.split(line)[1:] for line in data.history.splitlines())
    assert begun == ["marsdisk", "run", "x.nml", *words] and resumed == ["marsdisk", "resume"]


def test_problems_in_the_namelist_of_a_file_are_placed_there(
    capsys: pytest.CaptureFixture[str]
) -> None:
    """The user's file has five lines; what is stored has every key on a line of its own."""
    assert ended(run_main, "nn/x.nml", "--set", "deep.table=sigma.csv", "--output", "x.nc",
                 "--quiet", "--wall", "1e-9") == 3
    capsys.readouterr()
    Path("sigma.csv").unlink()
    Path("nn/sigma.csv").unlink()
    with netCDF4.Dataset("x.nc") as data:
        line = 1 + data.namelist.splitlines().index("  table = 'sigma.csv'")
    message = refused(capsys, "resume", "x.nc")
    assert message.startswith(f"namelist in x.nc:{line}: deep.table: there is no file 'sigma.csv'")


def test_paths_may_have_letters_of_any_language(capsys: pytest.CaptureFixture[str]) -> None:
    Path("\u706b\u661f").mkdir()
    table = Path("\u706b\u661f/gr\u00f6\u00dfe.csv")
    Path("sigma.csv").rename(table)
    Path("nn/x.nml").write_text(SMALL + f"&deep table='{table}' /\n", encoding="utf-8")
    assert ended(run_main, "nn/x.nml", "--output", "x.nc", "--quiet", "--wall", "1e-9") == 3
    assert ended(main, "resume", "x.nc", "--quiet") == 0
    run = marsdisk.open("x.nc")
    assert run.config["deep"]["table"] == str(table)
    assert str(table.resolve()) in run.attributes["input_files"]
    long = 200 * "\u706b"
    Path("nn/x.nml").write_text(SMALL + f"&deep table='{long}' /\n", encoding="utf-8")
    capsys.readouterr()
    assert "600 bytes; expected at most 512" in refused(capsys, "run", "nn/x.nml")
