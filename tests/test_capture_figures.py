# SPDX-License-Identifier: BSD-3-Clause
"""Figures of capture runs show the numbers that are in the file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from capture_files import (
    AU,
    CASES,
    GAS,
    GRID,
    HILL,
    RADIUS,
    YEAR,
    column,
    fates,
    figure_of,
    make,
    output_of,
)
from marsdisk import runs
from marsdisk.config.read import read_text
from marsdisk.output.capture_schema import MOONS
from marsdisk.plots import capture, capture_orbits, capture_output
from marsdisk.plots.style import cell_edges
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Circle

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of every case."""
    folder = tmp_path_factory.mktemp("capture")
    return {name: make(folder / f"{name}.nc", overrides) for name, overrides in CASES.items()}


def test_trajectories_are_those_that_lived_longest(files: dict[str, Path]) -> None:
    output = output_of(files["planar"])
    captured = np.flatnonzero(column(files["planar"], "outcome") == 1)
    last = column(files["planar"], "t_end")[captured]
    drawn = [track.case for track in output.tracks]
    assert drawn[0] == captured[np.argmax(last)] and drawn[-1] == captured[np.argmin(last)]
    assert len(drawn) == 6 and np.all(np.diff(output.case["t_end"][drawn]) < 0.0)
    figure = capture_orbits.trajectory(output)
    titles = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert len(titles) == 3
    for title, track in zip(titles, [output.tracks[0], output.tracks[2], output.tracks[5]],
                            strict=False):
        u, v = output.case["u"][track.case], output.case["v"][track.case]
        assert title.replace("\N{MINUS SIGN}", "-").splitlines()[1] == f"{u:.4g}, {v:.4g}"


def test_trajectory_is_drawn_to_scale(files: dict[str, Path]) -> None:
    figure = figure_of(files["planar"], "trajectory")
    track = output_of(files["planar"]).tracks[0]
    far = figure.axes[0]
    radii = sorted(patch.radius for patch in far.patches if isinstance(patch, Circle))
    assert radii == [RADIUS / 1.0e3, HILL / 1.0e3]
    marks = [line.get_xdata()[0] for line in far.lines if line.get_marker() == "+"]
    assert sorted(marks) == [-HILL / 1.0e3, HILL / 1.0e3]
    assert {text.get_text() for text in far.texts} >= {"$L_1$", "$L_2$", "Sun"}
    path = next(c for c in far.collections if isinstance(c, LineCollection))
    ends = np.array(path.get_segments())[[0, -1], [0, -1]]
    assert np.allclose(ends, np.stack([track.x, track.y], axis=1)[[0, -1]] / 1.0e3, rtol=1e-12)
    for axis in figure.axes[:-1]:
        assert axis.get_aspect() == 1.0


def test_spatial_trajectory_is_seen_from_the_side(files: dict[str, Path]) -> None:
    output = output_of(files["spatial"])
    assert all(output.case["w"][track.case] != 0.0 for track in output.tracks)
    labels = [axis.get_ylabel() for axis in capture_orbits.trajectory(output).axes[:4]]
    assert [label[:3] for label in labels] == ["$y$", "$y$", "$z$", "$z$"]


@pytest.mark.parametrize("case", ["planar", "spatial", "gas", "single"])
def test_titles_of_trajectories_keep_clear_of_that_of_the_figure(
    case: str, files: dict[str, Path]
) -> None:
    figure = figure_of(files[case], "trajectory")
    figure.canvas.draw()  # puts the titles where they are
    name = next(text for text in figure.texts if text.get_text() == figure.get_suptitle())
    points = figure.dpi / 72.0
    tops = [axis.title.get_window_extent().y1 for axis in figure.axes if axis.get_title()]
    assert tops and max(tops) + 4.0 * points < name.get_window_extent().y0


def test_smooth_path_follows_a_circle() -> None:
    """The line goes through the samples; 12 per turn are enough to draw by."""
    angle = np.linspace(0.0, 20.0 * np.pi, 121)
    track = capture_output.Track(0, angle, np.cos(angle), np.sin(angle), 0.0 * angle,
                                 angle, angle)
    t, x, y = capture_orbits.smooth(track, "y")
    assert np.array_equal(x[::6], track.x) and np.array_equal(t[::6], track.t)
    radius = np.hypot(x, y)[6:-6]
    assert np.max(np.abs(radius - 1.0)) < 2e-3  # measured: 1.72e-3
    short = capture_output.Track(0, *(np.array([0.0, 1.0]),) * 6)
    assert capture_orbits.smooth(short, "z")[0].tolist() == [0.0, 1.0]


def test_few_samples_are_said_to_be_too_few(tmp_path: Path) -> None:
    path = make(tmp_path / "coarse.nc", ("output.trajectories=.true.", "output.n_sample=60",
                                         *CASES["single"][:2]))
    for name in ("trajectory", "history"):
        texts = [" ".join(text.get_text().split()) for axis in figure_of(path, name).axes
                 for text in axis.texts]
        assert texts.count("3 samples per turn are too few (output.n_sample)") == 1


def test_history_marks_the_times_of_the_file(files: dict[str, Path]) -> None:
    """A bar ends where e falls through its level, and is as long as the file says."""
    path = files["single"]
    figure = figure_of(path, "history")
    upper, lower = figure.axes
    bars = [line for line in upper.lines if len(line.get_xdata()) == 2
            and line.get_color() == capture_orbits.VERMILLION]
    assert len(bars) == 1  # only tau_half has been reached by this entry
    start, end = bars[0].get_xdata()
    assert end - start == pytest.approx(column(path, "tau_half")[0], rel=1e-12)
    assert bars[0].get_ydata()[0] == np.exp(-0.5)
    t, e = column(path, "t")[0], column(path, "e")[0]
    assert end == pytest.approx(np.interp(-np.exp(-0.5), -e, t), rel=1e-9)
    assert np.array_equal(lower.lines[0].get_ydata(), column(path, "energy")[0] / 1.0e6)
    assert {text.get_text() for text in upper.texts} >= {
        "0.99", "$e^{-1/2}$", "$e^{-1}$", "$e^{-2}$", "0.06 yr"}


def test_history_says_when_the_gas_goes(files: dict[str, Path]) -> None:
    output = output_of(files["gas"])
    figure = capture_orbits.history(output)
    upper = figure.axes[0]
    case = output.tracks[0].case
    marked = [line.get_xdata()[0] for line in upper.lines
              if line.get_label() == capture_orbits.GAS_GOES]
    assert marked == [output.case["t_gas"][case]]
    assert not figure_of(files["planar"], "history").legends


def test_lifetimes_count_every_fall(files: dict[str, Path]) -> None:
    path = files["planar"]
    axes = figure_of(path, "lifetimes").axes
    outcome = column(path, "outcome")
    for axis, name in zip(axes, ("lifetime", "tau_half", "tau_1", "tau_2"), strict=True):
        values = column(path, name)
        stacks = [patch.get_data() for patch in axis.patches]
        drawn = sum(np.sum(values - baseline) for values, _, baseline in stacks)
        assert drawn == np.isfinite(values).sum()
        texts = " ".join(text.get_text() for text in axis.get_legend().get_texts())
        missing = np.sum((outcome == 1) & np.isnan(values))
        assert (f": {missing}" in texts.split("yr")[-1]) == (missing > 0)
    assert axes[0].get_xscale() == "linear"


def test_lifetimes_over_decades_have_a_log_axis(tmp_path: Path) -> None:
    count = 30
    life = np.where(fates(count) == 1, np.geomspace(0.01, 8.0, count), np.nan)
    path = make(tmp_path / "wide.nc", GRID, lifetime=life)
    axes = figure_of(path, "lifetimes").axes
    assert axes[-1].get_xscale() == "log"
    drawn = sum(np.sum(patch.get_data().values - patch.get_data().baseline)
                for patch in axes[0].patches)
    assert drawn == np.isfinite(life).sum()


def test_heating_is_that_of_the_file(files: dict[str, Path]) -> None:
    path = files["one_gas_axis"]
    energy, heat, ablation, plane = figure_of(path, "heating").axes[:4]
    captured = column(path, "outcome") == 1
    for axis, names, factor in ((energy, ["delta_energy"], 1e-6), (ablation, ["ablation_bound"],
                                1e-6), (heat, ["heating", "heating_body"], 1e-13)):
        drawn = np.concatenate([line.get_ydata() for line in axis.lines if len(line.get_ydata())
                                and line.get_marker() not in ("None", "")])
        expected = np.concatenate([factor * column(path, name)[captured] for name in names])
        assert np.array_equal(np.sort(drawn), np.sort(expected))
    squared = energy.child_axes[0].get_ylim()[1] / energy.get_ylim()[1]
    assert squared == pytest.approx(1.0e6 / (AU / YEAR) ** 2, rel=1e-9)
    depth = ablation.child_axes[0].get_ylim()[1] / ablation.get_ylim()[1]
    assert depth == pytest.approx(1.0e6 / 1850.0 / 1.0e3, rel=1e-9)
    assert heat.lines[-1].get_ydata()[0] == 0.75  # Hunten (1979), 1e13 J m-2
    bands = [(patch.get_y(), patch.get_y() + patch.get_height()) for axis in (energy, heat,
             ablation) for patch in axis.patches]
    assert np.allclose(bands, [(1.46, 6.14), (1.16, 4.89), (1.5, 5.9)])
    for axis in (energy, heat, ablation):  # nothing at the frame, and the zeros stand apart
        assert axis.get_ylim()[1] > 1.09 * max(np.nanmax(line.get_ydata()) for line in axis.lines
                                               if line.get_marker() not in ("None", ""))
        assert axis.get_ylim()[0] < 0.0
    dots = next(c for c in plane.collections if isinstance(c, PathCollection))
    assert len(dots.get_offsets()) == np.sum(captured)


def test_ticks_of_the_speeds_stand_apart(tmp_path: Path) -> None:
    """Also where all bodies enter at the same speed, which takes four decimals."""
    path = make(tmp_path / "one.nc", ("start.u=0.02,0.02,1", "start.v=0.02,0.02,1",
                                      "start.tau_gas=0.1,0.5,9"))
    figure = figure_of(path, "heating")
    for axis in figure.axes[:4]:
        low, high = axis.get_xlim()
        boxes = [tick.label1.get_window_extent() for tick in axis.xaxis.get_major_ticks()
                 if low <= tick.get_loc() <= high]
        assert len(boxes) > 2
        gaps = [right.x0 - left.x1 for left, right in pairwise(boxes)]
        assert min(gaps) > 8.0 * figure.dpi / 72.0  # a letter and a half


def test_ablation_shows_radii_beside_the_law(tmp_path: Path) -> None:
    """Radii are those of the file, the line is R0 exp(-C_H energy/(3 zeta C_D))."""
    path = make(tmp_path / "ablation.nc", ["body.c_h=0.2", "body.radius=8.0"])
    axis = figure_of(path, "ablation").axes[0]
    captured = column(path, "outcome") == 1
    drawn = np.concatenate([line.get_xydata() for line in axis.lines[:-1]])
    expected = np.stack([1e-6 * column(path, "delta_energy"), column(path, "radius_end")], 1)
    assert np.array_equal(drawn[np.argsort(drawn[:, 0])], expected[captured])
    energy, radius = axis.lines[-1].get_xydata()[-1]
    assert radius == pytest.approx(8.0 * np.exp(-0.2 * energy * 1e6 / (3.0 * 8.1e6)), rel=1e-12)
    without = output_of(make(tmp_path / "none.nc", []))
    assert "c_h" in capture.cannot_draw("ablation", without)


def test_gas_loss_map(files: dict[str, Path]) -> None:
    """Share and medians of each cell, against a loop over the cells."""
    path = files["gas"]
    values = {name: column(path, name) for name in
              ("tau_gas", "t_gas", "outcome", "lifetime", "a_end", "e_end", "i_end")}
    bound = (values["outcome"] == 1) & np.isnan(values["lifetime"])
    panels = figure_of(path, "gas_loss").axes[:4]
    shown = [np.ma.filled(axis.collections[0].get_array(), np.nan) for axis in panels]
    empty = 0
    for i, tau in enumerate(np.unique(values["tau_gas"])):
        for j, t in enumerate(np.unique(values["t_gas"])):
            cell = (values["tau_gas"] == tau) & (values["t_gas"] == t)
            inside = cell & bound
            empty += not inside.any()
            assert shown[0][j, i] == pytest.approx(100.0 * inside.sum() / cell.sum())
            for k, (name, factor) in enumerate((("a_end", 1e-3), ("e_end", 1.0), ("i_end", 1.0))):
                expected = factor * np.median(values[name][inside]) if inside.any() else np.nan
                assert shown[k + 1][j, i] == pytest.approx(expected, nan_ok=True)
    assert 0 < empty < 20
    # shares have the colours from blue over grey to yellow: what has none is hatched
    assert all(axis.patch.get_hatch() for axis in panels)
    legend, = figure_of(path, "gas_loss").legends
    assert [text.get_text() for text in legend.get_texts()] == ["nothing in orbit at the end"]
    assert panels[0].get_xscale() == panels[0].get_yscale() == "log"


def test_gas_loss_along_one_axis(files: dict[str, Path]) -> None:
    path = files["one_gas_axis"]
    axes = figure_of(path, "gas_loss").axes
    tau, life = column(path, "tau_gas"), column(path, "lifetime")
    bound = (column(path, "outcome") == 1) & np.isnan(life)
    share = [100.0 * np.mean(bound[tau == value]) for value in np.unique(tau)]
    assert np.allclose(axes[0].lines[0].get_ydata(), share)
    fell = [100.0 * np.mean(np.isfinite(life[tau == value])) for value in np.unique(tau)]
    assert np.allclose(axes[3].lines[0].get_ydata(), fell)
    assert axes[3].get_ylabel() == "entries that fell [%]"  # in a plane, i says nothing


def test_gas_loss_that_leaves_nothing(tmp_path: Path) -> None:
    for name, overrides in (("two", GAS), ("one", CASES["one_gas_axis"])):
        path = make(tmp_path / f"{name}.nc", overrides, outcome=lambda n: np.zeros(n, np.int8))
        texts = [text.get_text() for axis in figure_of(path, "gas_loss").axes
                 for text in axis.texts]
        assert texts.count("nothing is left") == 2


def test_bins_hold_every_entry() -> None:
    for values in (np.linspace(1.0, 2.0, 1000), np.geomspace(1e-3, 1e3, 1000)):
        cells = capture_output.Cells.of(np.roll(values, 300))
        assert len(cells.centres) == 5 and cells.log == (values[-1] > 100.0 * values[0])
        assert np.all(np.bincount(cells.index) == 200)
        low, high = cells.edges[cells.index], cells.edges[cells.index + 1]
        tiny = 1.0e-12 * values[-1]  # the ends of geomspace are rounded
        assert np.all(low <= np.roll(values, 300) + tiny)
        assert np.all(np.roll(values, 300) <= high + tiny)
        assert np.all((cells.edges[:-1] < cells.centres) & (cells.centres < cells.edges[1:]))


def test_whole_cells() -> None:
    assert np.allclose(cell_edges(np.array([1.0, 2.0, 4.0]), False, whole=True), [0.5, 1.5, 3, 5])
    assert np.allclose(cell_edges(np.array([1.0, 100.0]), True, whole=True), [0.1, 10.0, 1000.0])
    assert np.allclose(cell_edges(np.array([0.04]), False, whole=True), [0.02, 0.06])
    assert np.allclose(cell_edges(np.array([0.0]), False, whole=True), [-0.5, 0.5])


@pytest.mark.parametrize("overrides", [
    ("atmosphere.tilt=25", "atmosphere.node=40"), ("planet.mode=two_body",),
    ("planet.mode=cr3bp", "start.point=L2"),
])
def test_initial_inclination_is_that_of_the_core(overrides: tuple[str, ...],
                                                 tmp_path: Path) -> None:
    """A run of 3 s ends with the inclination that the figure takes for that of the start."""
    config = read_text("&run kind='capture' /\n", tmp_path / "x.nml",
                       [*overrides, *GRID, "start.w=0.001,0.01,3", "stop.t_max=1e-7"])
    runs.run(config, tmp_path / "x.nc", quiet=True)
    output = output_of(tmp_path / "x.nc")
    # measured: 3e-11 deg
    assert np.max(np.abs(output.i_start - column(tmp_path / "x.nc", "i_end"))) < 1e-9


def test_inclination_of_the_captured(files: dict[str, Path]) -> None:
    path = files["many_planes"]
    axes = figure_of(path, "inclination").axes
    captured = column(path, "outcome") == 1
    for axis, name, factor in ((axes[0], "i_end", 1.0), (axes[4], "a_end", 1e-3)):
        points = np.concatenate([line.get_xydata() for line in axis.lines])
        expected = np.stack([column(path, "w"), factor * column(path, name)], axis=1)[captured]
        assert np.array_equal(np.sort(points, axis=0), np.sort(expected, axis=0))
    assert len(figure_of(files["gas"], "inclination").axes) == 3  # no w differs: one column


def test_tides(files: dict[str, Path]) -> None:
    path = files["gas"]
    figure = figure_of(path, "tides")
    lines = {line.get_label().rpartition(": ")[0] or line.get_label(): line
             for line in figure.axes[0].lines}
    now, then = column(path, "a_now"), column(path, "a_end")
    bound = (column(path, "outcome") == 1) & np.isnan(column(path, "lifetime"))
    left = bound & np.isfinite(now)
    sure = column(path, "tides_valid") == 1.0
    phobos = column(path, "moon") == MOONS.index("phobos")
    classes = {
        "end of run": then[left], "end of run, fell since": then[bound & ~left & sure],
        "fell since, uncertain": then[bound & ~left & ~sure],
        "today": now[left & sure & ~phobos], "today, like Phobos": now[left & sure & phobos],
        "today, uncertain (large $e$)": now[left & ~sure],
    }
    for label, expected in classes.items():
        assert expected.size and np.array_equal(lines[label].get_xdata(), expected), label
        assert lines[label].get_label() == f"{label}: {expected.size}"
    assert "today, like Deimos" not in lines
    assert lines["Phobos today"].get_xydata().tolist() == [[9375.0, 0.0151]]
    assert lines["Deimos today"].get_xydata().tolist() == [[23458.0, 0.0002]]
    # (G M (P/2 pi)^2)^(1/3); 2.456 and 1.26 R (rho_Mars/rho)^(1/3) with rho_Mars = 3932.6 kg m-3
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert {"synchronous orbit: 20428 km", "Roche, fluid: 10705 km",
            "Roche, rigid sphere: 5492 km"} <= set(labels)
