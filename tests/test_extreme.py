# SPDX-License-Identifier: BSD-3-Clause
"""Parameters that are extreme but allowed: the run ends well, or says what is wrong with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk import runs
from marsdisk.config.read import read_text
from marsdisk.errors import InputError, InternalError, StoppedEarly

pytestmark = pytest.mark.filterwarnings("error")

SMALL = {
    "disk": {"rings.n_ring": "3", "grains.n_bin": "20", "output.n_out": "20"},
    "capture": {"start.u": "0.01,0.05,3", "start.v": "0.02,0.04,2"},
}
"""What keeps a run of every kind short."""


def summary_of(kind: str, path: Path, overrides: list[str], wall: float = 60.0) -> str:
    """Run with overrides of what is small, as far as they do not replace it."""
    given_ = {override.split("=")[0] for override in overrides}
    small = [f"{key}={value}" for key, value in SMALL[kind].items() if key not in given_]
    config = read_text(f"&run kind='{kind}' /\n", NAMELISTS / "x.nml", [*small, *overrides])
    return runs.run(config, path, force=True, quiet=True, wall=wall)


def numbers_are_sound(path: Path) -> None:
    """Nothing but what may be missing is NaN or infinite."""
    with netCDF4.Dataset(path) as data:
        for name, variable in data.variables.items():
            values = np.ma.compressed(variable[...])
            assert values.dtype.kind != "f" or np.isfinite(values).all(), name


DISK = {
    "two bins": ["grains.n_bin=2"],
    "one ring": ["rings.n_ring=1"],
    "300 rings of 5 bins": ["rings.n_ring=300", "grains.n_bin=5", "stop.t_end=0.01"],
    "320 bins": ["grains.n_bin=320", "rings.n_ring=1", "stop.t_end=0.01"],
    "12 decades of sizes": ["grains.s_min=1e-9", "grains.s_max=1e3",
                            "radiation.qpr_mode=constant"],
    "circular orbits": ["collisions.e_profile=const", "collisions.e=0"],
    "nearly parabolic orbits": ["collisions.e_profile=const", "collisions.e=0.999999"],
    "a cold Mars": ["mars.driver=constant", "mars.t0=300", "stop.t_mars_end=0", "stop.t_end=1"],
    "colder than the vapour": ["mars.driver=constant", "mars.t0=300", "stop.t_mars_end=0",
                               "stop.t_end=1", "sublimation.active=T"],
    "a vapour that nobody asks for": ["sublimation.material=table"],
    "20000 K": ["mars.t0=20000", "radiation.qpr_mode=constant", "sublimation.active=T",
                "stop.t_end=0.1"],
    "no mass at all": ["surface.tau0=0", "deep.m_in=0"],
    "nothing on the surface": ["surface.tau0=0"],
    "a surface that is hardly there": ["surface.sigma0=1e-300"],
    "a deep layer that runs empty": ["deep.m_in=1e-10", "surface.tau0=1e-2", "supply.f_orb=1e3"],
    "a deep layer as heavy as Mars": ["deep.m_in=1"],
    "optical depth 1000": ["surface.tau0=1e3", "deep.m_in=1e-2"],
    "nearly no time": ["stop.t_end=1e-30"],
    "a millennium": ["mars.driver=constant", "stop.t_end=999"],
    "a ring of 340 mm": ["rings.r_in=1", "rings.r_out=1.0000001"],
    "to 100 R_Mars": ["rings.r_out=100"],
    "tightest tolerance": ["numerics.rtol=1e-13", "stop.t_end=0.01"],
    "loosest tolerance": ["numerics.rtol=0.1"],
    "a sheet": ["collisions.i=1e-10"],
    "a sphere": ["collisions.i=1.57", "collisions.h_factor=100"],
    "collisions at 100 km/s": ["collisions.v_fixed=1e5"],
    "collisions at nothing": ["collisions.v_fixed=1e-300"],
    "nothing happens": ["collisions.fragmentation=F", "radiation.blowout=F", "supply.mode=none"],
    "one size, one output": ["grains.psd=mono", "output.n_out=1"],
    "supply a million times": ["supply.f_orb=1e6"],
    "a metre that cools": ["mars.layer_depth=1"],
    "all of Mars cools": ["mars.layer_depth=3.3895e6", "mars.layer_rho=3e4",
                          "mars.layer_cp=1e5"],
    "Mars may hardly radiate": ["mars.f_lim=1e-6"],
}
"""Overrides."""

CLOSES = 2e-14
"""Largest mass_residual and surface_residual [1]."""


@pytest.mark.parametrize("name", DISK)
def test_disk(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    assert "lost (Delta M_in)" in summary_of("disk", path, DISK[name])
    numbers_are_sound(path)
    with netCDF4.Dataset(path) as data:
        assert data.complete == 1
        assert data["mass_residual"][:].max() <= CLOSES
        assert data["surface_residual"][:].max() <= CLOSES
        assert data["number"][:].min() >= 0.0


DISK_SAYS = {
    "a surface without a deep layer": (["deep.m_in=0"], "heavier than ring 1"),
    "sizes outside the table": (["grains.s_min=1e-9"], "outside the shipped Q_pr table"),
    "more than fits": (["grains.n_bin=2000", "rings.n_ring=10000"], "GB of memory"),
    "vapour of 1e100 Pa": (["sublimation.active=T", "sublimation.material=custom",
                            "sublimation.psat_a=100"], "no step within tolerance"),
    "a surface that settles at once": (["supply.t_settle=1e-12"], "no step within tolerance"),
    "a tolerance above the surface": (["numerics.atol=30"], "no step within tolerance"),
}


@pytest.mark.parametrize(("overrides", "what"), DISK_SAYS.values(), ids=DISK_SAYS.keys())
def test_disk_that_cannot_be_run_says_why(overrides: list[str], what: str, tmp_path: Path) -> None:
    with pytest.raises((InputError, InternalError), match=what):
        summary_of("disk", tmp_path / "x.nc", overrides)


CAPTURE = {
    "tightest tolerance": (["numerics.rtol=1e-17"], "escaped escaped captured"),
    "rtol 1e-15": (["numerics.rtol=1e-15"], "captured"),
    "rtol 1e-15 in Runge-Kutta": (["numerics.rtol=1e-15", "numerics.method=dop853"], "captured"),
    "loosest tolerance": (["numerics.rtol=1e-3"], "captured"),
    "highest order": (["numerics.order=30"], "captured"),
    "a planet like the Earth and more": (["planet.gm=1e18"], "undecided"),
    "a planet of 1 km": (["planet.radius=1", "stop.t_max=0.05"], ""),
    "a planet that fills its Hill sphere": (["planet.radius=1e5", "stop.e_captured=0.1"], "fell"),
    "close to the Sun": (["planet.a_sun=0.01"], "captured"),
    "far from the Sun": (["planet.a_sun=1000"], "undecided"),
    "ten millennia without gas": (["atmosphere.model=none", "stop.t_max=1e4"], "escaped"),
    "entries far outside": (["start.x=5e7"], "escaped"),
    "entries at the surface": (["start.x=3389.92001"], "fell"),
    "at rest": (["start.u=0,0,1", "start.v=0,0,1"], "escaped"),
    "scale height 1 km": (["atmosphere.scale_height=1", "atmosphere.r_ref=500"], "fell"),
    "scale height 1e6 km": (["atmosphere.scale_height=1e6"], "captured"),
    "gas as dense as concrete": (["atmosphere.rho_ref=100"], "fell"),
    "no gas": (["atmosphere.rho_ref=0"], "escaped"),
    "a body of 1 um": (["body.radius=1e-9", "stop.t_max=1e-3"], "undecided"),
    "a body of 1000 km": (["body.radius=1000"], "escaped"),
    "one entry": (["start.u=0.02,0.02,1", "start.v=0.03,0.03,1"], "fell"),
    "1e5 entries": (["start.n_random=100000", "stop.t_max=1e-3"], "undecided"),
    "gas upside down": (["atmosphere.tilt=180", "atmosphere.gas=rotating",
                         "atmosphere.gas_fraction=1"], "captured"),
    "a disk of gas on edge at 1 K": (["atmosphere.model=disk", "atmosphere.tilt=90",
                                      "atmosphere.temperature=1"], "fell"),
    "gas gone at once": (["atmosphere.tau_gas=1e-9"], "escaped"),
    "gas that stays": (["atmosphere.tau_gas=1e10", "atmosphere.t_gas=1e6"], "captured"),
    "bodies that boil away": (["body.c_h=10", "body.zeta=1e4"], "ablated"),
    "dust that hardly feels Mars": (["radiation.beta_planet=0.999999"], "escaped"),
    "dust that the Sun drives off": (["radiation.beta_sun=10"], "escaped"),
    "nearly no time": (["stop.t_max=1e-300"], "undecided"),
    "tides for longer than the universe is old": (
        ["tides.active=T", "atmosphere.tau_gas=0.1", "tides.age=2e10"], "fell"),
    "trajectories of their ends": (["output.trajectories=T", "output.n_sample=2"], "captured"),
    "steps of 9 hours": (["numerics.method=leapfrog", "numerics.dt=1e-3"], "escaped"),
}
"""Overrides, and outcomes of which there are some."""


@pytest.mark.parametrize(("overrides", "some"), CAPTURE.values(), ids=CAPTURE.keys())
def test_capture(overrides: list[str], some: str, tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    summary_of("capture", path, overrides)
    numbers_are_sound(path)
    with netCDF4.Dataset(path) as data:
        assert data.complete == 1 and data.n_failed == 0
        found = [data["outcome"].flag_meanings.split()[k] for k in np.unique(data["outcome"][:])]
        assert set(some.split()) <= {name.split("_")[0] for name in found}


CAPTURE_SAYS = {
    "Mars wider than its Hill sphere": (["planet.gm=1e6"], "reaches the Lagrange point"),
    "speeds in m/s": (["start.u=200,200,1"], "looks like a speed in m s-1"),
    "steps of a year": (["numerics.method=leapfrog", "numerics.dt=1"], "too long for t_max"),
    "gas gone before it is there": (["atmosphere.tau_gas=1e-10"], "is too short"),
    "density without a number": (["atmosphere.scale_height=1"], "is no number"),
    "1e12 entries": (["start.u=0,1,1e6", "start.v=0,1,1e6"], "the grid has 1000000000000 entries"),
}


@pytest.mark.parametrize(("overrides", "what"), CAPTURE_SAYS.values(), ids=CAPTURE_SAYS.keys())
def test_capture_that_cannot_be_run_says_why(
    overrides: list[str], what: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=what):
        summary_of("capture", tmp_path / "x.nc", overrides)


def test_cases_that_take_for_ever_are_stopped(tmp_path: Path) -> None:
    """A grain in dense gas: 1e-9 of the time to the next chunk is never over."""
    path = tmp_path / "x.nc"
    with pytest.raises(StoppedEarly):
        summary_of("capture", path, ["body.radius=1e-9", "stop.t_max=1e6"], wall=0.5)


@pytest.mark.skipif("MARSDISK_TRAPS" not in os.environ, reason="for make checked")
def test_a_floating_point_exception_ends_the_process() -> None:
    """What `make checked` is silent about has not happened."""
    script = "import conftest; from marsdisk import physics; physics.beta(1e-7, float('nan'))"
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, check=False)
    assert done.returncode == -signal.SIGFPE
