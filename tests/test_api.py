# SPDX-License-Identifier: BSD-3-Clause
"""Runs from Python: what they return, what they refuse, and that importing marsdisk is cheap."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import marsdisk
import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk import core
from marsdisk.errors import InputError, StoppedEarly

QUICK = NAMELISTS / "quick.nml"
SMALL = {"rings.n_ring": 2, "grains.n_bin": 20, "output.n_out": 10, "stop.t_end": 0.01}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs land in a new folder."""
    monkeypatch.chdir(tmp_path)


def test_a_run_is_what_its_file_holds() -> None:
    run = marsdisk.run(QUICK, set=SMALL, output="a.nc")
    assert run.path == Path("a.nc") and run.kind == "disk" and run.complete
    assert run.config["rings"]["n_ring"] == 2 and run.config["mars"]["driver"] == "slab"
    with netCDF4.Dataset("a.nc") as data:
        assert run.attributes["m_loss_mars"] == data.m_loss_mars
        assert list(run.warnings) == data.warnings.splitlines()
        assert np.array_equal(run.dataset["m_loss"], data["m_loss"][:])
        assert np.array_equal(run.dataset["time"], data["time"][:])  # seconds, not dates
        assert run.dataset.attrs["namelist"] == data.namelist
    lost = f"{run.attributes['m_loss_mars']:.4e}".replace("e-0", "e-")
    assert run.summary.splitlines()[0] == "quick: t_end reached"
    assert lost in run.summary
    assert repr(run) == "<marsdisk disk run 'quick' in a.nc>"
    with pytest.raises(AttributeError):
        run.contents = None


def test_settings_may_be_of_numpy_and_texts_need_no_quotes() -> None:
    settings = {**SMALL, "mars.t0": np.float64(3500.0), "grains.n_bin": np.int64(21),
                "radiation.blowout": np.bool_(False), "collisions.law": "ls12",
                "collisions.q_s": np.full(7, 2.0e8), "collisions.qd_set": "'custom'",
                "grains.rho": "3000", "run.name": "it"}
    config = marsdisk.run(QUICK, set=settings).config
    assert Path("output/it.nc").is_file()
    assert config["mars"]["t0"] == 3500.0 and config["grains"]["n_bin"] == 21
    assert config["radiation"]["blowout"] is False and config["collisions"]["law"] == "ls12"
    assert config["collisions"]["q_s"] == (2.0e8,) * 7
    assert config["collisions"]["qd_set"] == "custom" and config["grains"]["rho"] == 3000.0


def test_a_namelist_may_be_a_text_or_a_mapping() -> None:
    text = "&run kind='capture' name='text' /\n&start u=0.01,0.02,2 v=0.02,0.02,1 /\n"
    groups = {"run": {"kind": "capture", "name": "it's"},
              "start": {"u": [0.01, 0.02, 2], "v": (0.02, 0.02, 1)}}
    one = marsdisk.run(text, output="one.nc")
    two = marsdisk.run(groups, set={"run.name": "text"}, output="two.nc")
    assert one.config == two.config
    assert np.array_equal(one.dataset["outcome"], two.dataset["outcome"])
    assert one.dataset["lifetime"].dtype == float


def test_nothing_is_overwritten_unless_it_is_asked_for() -> None:
    Path("a.nc").write_text("precious")
    with pytest.raises(InputError) as caught:
        marsdisk.run(QUICK, output="a.nc")
    assert str(caught.value) == ("output: 'a.nc' exists already; pass force=True to overwrite it, "
                                 "or another output")
    assert Path("a.nc").read_text() == "precious"
    assert marsdisk.run(QUICK, SMALL, "a.nc", force=True).complete


def test_every_problem_is_named_in_words_of_python() -> None:
    with pytest.raises(InputError) as caught:
        marsdisk.run(QUICK, set={"mars.t00": 1.0, "rings.n_ring": [1, 2], "grains.rho": True})
    lines = str(caught.value).splitlines()
    assert lines[0] == "set: mars.t00: &mars has no such key; did you mean t0?"
    assert lines[1].startswith("set: rings.n_ring: 2 values, but 1 needed")
    assert lines[2].startswith("set: grains.rho: .true. is not a number")
    with pytest.raises(InputError, match=r"mars.t0: 'NoneType' is no type of a value"):
        marsdisk.run(QUICK, set={"mars.t0": None})
    with pytest.raises(InputError, match=r"handover.t_end: 'NoneType' is no type of a value"):
        marsdisk.run(QUICK, set={"handover.t_end": [0.05, None]})
    with pytest.raises(InputError, match=r"namelist:2: &marss: kind = 'disk' has no such group"):
        marsdisk.run("&run kind='disk' /\n&marss t0=4000 /\n")
    with pytest.raises(InputError, match=r"namelist:1: &marss: "):
        marsdisk.run({"marss": {"t0": 4000.0}})
    with pytest.raises(InputError, match=r"quik.nml: there is no such file; did you mean quick"):
        marsdisk.run(NAMELISTS / "quik.nml")
    assert not list(Path.cwd().iterdir())


def test_what_is_no_output_is_refused() -> None:
    Path("a.nc").write_text("text")
    netCDF4.Dataset("b.nc", "w").close()
    for path, message in (("a.nc", "cannot be read"), ("b.nc", "is no output of marsdisk"),
                          ("c.nc", "there is no such file"), (".", "is a directory")):
        with pytest.raises(InputError, match=message):
            marsdisk.open(path)


def test_a_stopped_run_goes_on() -> None:
    with pytest.raises(StoppedEarly) as caught:
        marsdisk.run(QUICK, output="a.nc", wall=1.0e-9)
    stopped = marsdisk.open(caught.value.path)
    assert not stopped.complete and repr(stopped).endswith("not complete>")
    assert "not complete, stopped by the wall-clock limit" in stopped.summary
    done = marsdisk.resume(stopped.path)
    assert done.complete
    whole = marsdisk.run(QUICK, output="b.nc")
    assert np.array_equal(done.dataset["number"], whole.dataset["number"])


def test_the_number_of_threads_holds_for_one_run() -> None:
    before = core.max_threads()
    for count in (before + 1, before + 2):
        run = marsdisk.run(QUICK, set=SMALL, output="a.nc", force=True, threads=count)
        assert run.attributes["threads"] == count and core.max_threads() == before
    with pytest.raises(StoppedEarly):
        marsdisk.run(QUICK, output="b.nc", threads=before + 1, wall=1.0e-9)
    assert core.max_threads() == before
    assert marsdisk.resume("b.nc", threads=before + 2).attributes["threads"] == before + 2
    assert core.max_threads() == before
    assert marsdisk.run(QUICK, set=SMALL, output="c.nc").attributes["threads"] == before


def test_a_complete_run_is_left_as_it_is() -> None:
    marsdisk.run(QUICK, set=SMALL, output="a.nc")
    before = Path("a.nc").read_bytes()
    assert marsdisk.resume("a.nc").complete and Path("a.nc").read_bytes() == before


def test_without_xarray_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    run = marsdisk.run(QUICK, set=SMALL, output="a.nc")
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"pip install xarray, or read a.nc with"):
        run.dataset  # noqa: B018
    assert run.summary
    assert ".venv/bin/pip install xarray" in (NAMELISTS.parent / "README.md").read_text()


def test_importing_marsdisk_loads_nothing() -> None:
    """All that is heavy waits until it is used."""
    code = ("import sys; start = set(sys.modules); import marsdisk;"
            "light = set(sys.modules) - start; marsdisk.physics; marsdisk.run;"
            "print(*sorted({'numpy', 'netCDF4', 'click', 'importlib.metadata'} & light),"
            "*sorted({'matplotlib', 'xarray', 'pandas'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_names_are_listed_and_others_refused() -> None:
    assert set(marsdisk.__all__) <= set(dir(marsdisk))
    for name in marsdisk.__all__:
        assert getattr(marsdisk, name)
    for name in marsdisk.physics.__all__:
        assert getattr(marsdisk.physics, name).__doc__
    with pytest.raises(AttributeError, match="module 'marsdisk' has no attribute 'runn'"):
        marsdisk.runn  # noqa: B018


@pytest.mark.parametrize(("given", "used"), [(None, "passive"), ("active", "active")])
def test_waiting_threads_sleep_unless_the_user_wants_otherwise(
    given: str | None, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    monkeypatch.setenv("OMP_DISPLAY_ENV", "verbose")  # libgomp prints what it has read
    done = subprocess.run([sys.executable, "-c", "import marsdisk.core"], check=True,
                          capture_output=True, text=True)
    assert f"OMP_WAIT_POLICY = '{used.upper()}'" in done.stderr
