# SPDX-License-Identifier: BSD-3-Clause
"""Figures and tables of capture runs: they show what is in the file, in print and in grey."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import matplotlib
import netCDF4
import numpy as np
import pytest
from capture_files import CASES, GAS, GRID, TRACKS, column, figure_of, make, output_of
from marsdisk import plots, runs
from marsdisk.cli.main import main
from marsdisk.config.read import read_text
from marsdisk.errors import InputError
from marsdisk.output.capture_schema import OUTCOMES
from marsdisk.plots import capture, capture_output
from marsdisk.plots.capture_style import LOOKS, classes
from marsdisk.plots.style import style
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

pytestmark = pytest.mark.filterwarnings("error")

UNIT = re.compile(r"\[.+\]", re.DOTALL)
NAMES = ("map", "trajectory", "history", "lifetimes", "heating", "ablation", "gas_loss",
         "inclination", "tides", "tables")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of every case."""
    folder = tmp_path_factory.mktemp("capture")
    return {name: make(folder / f"{name}.nc", overrides) for name, overrides in CASES.items()}


def drawable() -> list[tuple[str, str]]:
    """Figures that each case has the data for."""
    lacking = {"planar": {"ablation", "gas_loss", "inclination", "tides"}, "gas": set(),
               "spatial": {"ablation", "gas_loss", "tides"},
               "one_gas_axis": {"trajectory", "history", "ablation", "inclination", "tides"},
               "many_planes": {"trajectory", "history", "ablation", "gas_loss", "tides"},
               "random": {"trajectory", "history", "ablation", "tides"},
               "single": {"ablation", "gas_loss", "inclination", "tides"}}
    return [(case, name) for case in CASES for name in NAMES[:-1] if name not in lacking[case]]


def test_all_are_written(files: dict[str, Path], tmp_path: Path,
                         capsys: pytest.CaptureFixture[str]) -> None:
    made = plots.plot(files["gas"], None, tmp_path / "new", "png")
    assert [path.name for path in made] == [*(f"gas_{name}.png" for name in NAMES[:-1]),
                                            "gas_tables.md"]
    assert sorted(made) == sorted((tmp_path / "new").iterdir())
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in made[:-1])
    assert all(10_000 < path.stat().st_size < 600_000 for path in made[:-1])
    assert capsys.readouterr() == ("", "")


def test_what_a_run_has_no_data_for_is_left_out(files: dict[str, Path]) -> None:
    for case, path in files.items():
        output = output_of(path)
        possible = [(case, name) for name in NAMES if not capture.cannot_draw(name, output)]
        assert possible == [*(pair for pair in drawable() if pair[0] == case), (case, "tables")]


@pytest.mark.parametrize(("case", "name"), [
    pair for pair in drawable()
    if pair[0] in ("planar", "gas", "single") or pair[1] not in ("lifetimes", "heating")])
def test_labels_and_layout(case: str, name: str, files: dict[str, Path]) -> None:
    """Every axis says its unit, nothing is cut off, and no legend covers a panel."""
    figure = figure_of(files[case], name)
    visible = [axis for axis in figure.axes if axis.get_visible()]
    sides = [*visible, *(child for axis in visible for child in axis.child_axes)]
    labels = [text for axis in sides for text in (axis.get_xlabel(), axis.get_ylabel()) if text]
    assert len(labels) >= 2 and all(UNIT.search(label) for label in labels), labels
    assert figure.get_suptitle().startswith(f"{case}: Hill's equations, ")
    sizes = [text.get_fontsize() for text in figure.findobj(matplotlib.text.Text)
             if text.get_text() and text.get_visible()]
    assert min(sizes) >= 8.0 and figure.get_figwidth() == pytest.approx(17.0 / 2.54)
    width, height = figure.get_size_inches()
    with style():  # ticks may be made anew
        box = figure.get_tightbbox()
        panels = [axis.get_tightbbox() for axis in visible]
    assert box.x0 >= -0.01 and box.y0 >= -0.01
    assert box.x1 <= width + 0.01 and box.y1 <= height + 0.01
    for legend in figure.legends:
        area = legend.get_window_extent()
        assert not any(area.overlaps(panel) for panel in panels)


def test_classes_differ_without_colour() -> None:
    """Cells of two classes have other markers, and those that are common another grey too."""
    assert len({look.marker for look in LOOKS.values()}) == len(LOOKS)
    grey = {name: np.dot((0.299, 0.587, 0.114), to_rgb(look.cell)) for name, look in LOOKS.items()}
    common = ("escaped", "fell_later", "bound", "fell_before_capture", "undecided")
    assert np.min(np.diff(sorted(grey[name] for name in common))) > 0.12  # measured: 0.138


def legend_of(figure: Figure) -> dict[str, int]:
    """Numbers in the legend of a figure, by label."""
    texts = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return {label: int(number) for label, number in (
        text.rsplit(": ", 1) for text in texts if ": " in text)}


def test_map_shows_every_entry(files: dict[str, Path]) -> None:
    path = files["planar"]
    figure = figure_of(path, "map")
    axis, = figure.axes
    shown = next(c for c in axis.collections if isinstance(c, QuadMesh)).get_array()
    codes = classes(output_of(path))
    assert np.array_equal(np.asarray(shown), codes.reshape(5, 6).T)  # u is the slow axis
    outcome, life = column(path, "outcome"), column(path, "lifetime")
    bound = (outcome == 1) & np.isnan(life)
    expected = {"captured, fell later": np.sum((outcome == 1) & ~bound),
                "captured, still in orbit": np.sum(bound), "escaped": np.sum(outcome == 0),
                "fell before capture": np.sum(outcome == 2), "undecided": np.sum(outcome == 3),
                "ablated": np.sum(outcome == 4), "failed": np.sum(outcome == 5)}
    assert legend_of(figure) == expected and sum(expected.values()) == 30
    marks = {(x, y): line.get_marker() for line in axis.lines
             for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}
    looks = list(LOOKS.values())
    u, v = column(path, "u"), column(path, "v")
    assert marks == {(a, b): looks[code].marker for a, b, code in zip(u, v, codes, strict=True)}


def test_planes_of_the_map(files: dict[str, Path]) -> None:
    panels = [axis.get_title() for axis in figure_of(files["spatial"], "map").axes]
    assert [title.split()[2] for title in panels] == ["\N{MINUS SIGN}0.002", "0", "0.002"]
    figure = figure_of(files["many_planes"], "map")
    assert len(figure.axes) == 6 and figure.get_suptitle().endswith("; 6 of 12 planes")
    assert sum(legend_of(figure).values()) == 360  # the legend counts all of them
    assert capture._plane_axes(output_of(files["gas"]).grid.values) == ("u", "v")
    lone = {"u": [0.1, 0.2], "v": [0.0], "w": [0.0], "tau_gas": range(4), "t_gas": range(3)}
    assert capture._plane_axes(lone) == ("tau_gas", "t_gas")


def test_random_entries_are_points(files: dict[str, Path]) -> None:
    output = output_of(files["random"])
    assert output.grid is None
    points = [line.get_xydata() for line in capture.outcome_map(output).axes[0].lines]
    expected = np.stack([output.case["u"], output.case["v"]], axis=1)
    assert np.array_equal(np.sort(np.concatenate(points), axis=0), np.sort(expected, axis=0))


def test_list_in_any_order_is_a_grid() -> None:
    order = np.random.default_rng(3).permutation(6)
    u, v = np.repeat([1.0, 2.0], 3)[order], np.tile([1.0, 2.0, 4.0], 2)[order]
    found = capture_output.grid({"u": u, "v": v})
    assert np.array_equal(found.array(order), np.arange(6).reshape(2, 3))
    assert capture_output.grid({"u": u[:5], "v": v[:5]}) is None
    assert capture_output.grid({"u": np.append(u[:5], u[0]), "v": np.append(v[:5], v[0])}) is None


def test_stopped_run(tmp_path: Path) -> None:
    """The entries done so far take their places on the grid."""
    path = make(tmp_path / "stopped.nc", GRID, kept=20)
    output = output_of(path)
    assert output.title == "stopped: Hill's equations, 30 entries (incomplete: 20 done)"
    shown = capture.outcome_map(output).axes[0].collections[0].get_array()
    assert np.ma.count(shown) == 20 and shown.shape == (6, 4)
    assert len(plots.plot(path, None, tmp_path, "png")) == 4


def test_large_map(files: dict[str, Path], tmp_path: Path) -> None:
    """A map of a million entries has no markers and takes seconds, all figures of it together."""
    u, v = (axis.ravel() for axis in np.meshgrid(np.linspace(0.0, 0.1, 1000),
                                                 np.linspace(-0.1, 0.1, 1000), indexing="ij"))
    small = output_of(files["planar"])
    picks = np.resize(np.arange(30), u.size)
    case = {name: values[picks] for name, values in small.case.items()} | {"u": u, "v": v}
    start = time.perf_counter()
    grid = capture_output.grid({"u": u, "v": v, "w": case["w"]})
    output = replace(small, case=case, outcome=small.outcome[picks], grid=grid, count=u.size)
    with style():
        for name in ("map", "lifetimes", "heating"):
            figure = capture.FIGURES[name](output)
            assert not (name == "map" and figure.axes[0].lines)
            plots.save(figure, tmp_path / f"{name}.png")
    assert time.perf_counter() - start < 40.0  # measured: 5 s


def test_only_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = (*GRID, *TRACKS, "start.w=0,0.01,2", "tides.active=.true.")
    path = make(tmp_path / "lost.nc", overrides, outcome=lambda n: np.zeros(n, np.int8))
    made = plots.plot(path, None, tmp_path / "new", "png")
    assert [file.name for file in made] == ["lost_map.png", "lost_tables.md"]
    note, = capsys.readouterr().err.splitlines()
    assert note == (f"note: left out, as the run has nothing to show in them: "
                    f"{', '.join(NAMES[1:-1])} (--what NAME says why)")
    reasons = problems(path, ["trajectory", "lifetimes", "tides"], tmp_path / "new")
    assert [line.rpartition(": ")[2] for line in reasons.splitlines()] == [
        "nothing was captured", "no body fell", "nothing was in orbit at the end of the run"]
    assert legend_of(figure_of(path, "map")) == {"escaped": 60}


@pytest.mark.parametrize("code", range(len(OUTCOMES)))
def test_one_outcome_alone(code: int, tmp_path: Path) -> None:
    """No class of entries is needed by any figure."""
    path = make(tmp_path / "alone.nc", (*GAS, *TRACKS, "start.w=0.001,0.002,2"),
                outcome=lambda n: np.full(n, code, np.int8))
    output = output_of(path)
    drawn = [name for name in NAMES[:-1] if not capture.cannot_draw(name, output)]
    for name in drawn:
        capture.FIGURES[name](output).canvas.draw()
    assert ("heating" in drawn) == (code == 1) and "map" in drawn


def problems(path: Path, names: list[str] | None, folder: Path) -> str:
    """Message of the InputError that a call raises."""
    with pytest.raises(InputError) as caught:
        plots.plot(path, names, folder, "png")
    return str(caught.value)


def test_figures_on_request(files: dict[str, Path], tmp_path: Path) -> None:
    place, lacks = files["many_planes"], "cannot be drawn"
    message = problems(place, ["map", "history", "tides"], tmp_path / "new")
    assert message.splitlines() == [
        f"{place}: history: {lacks}: the run kept no trajectories (output.trajectories = .false.)",
        f"{place}: tides: {lacks}: the run has no tides (tides.active = .false.)",
    ]
    assert not (tmp_path / "new").exists()


def test_unknown_names(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["plot", str(files["planar"]), "--what", "maps,rate"])
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    listing = f"expected {', '.join(NAMES)}"
    assert lines[0].endswith(f"there is no figure 'maps' of a capture run; {listing}; "
                             "did you mean map?")
    assert f"there is no figure 'rate' of a capture run; {listing}" in lines[1]


def test_missing_variables(files: dict[str, Path], tmp_path: Path) -> None:
    path = make(tmp_path / "changed.nc", GRID)
    with netCDF4.Dataset(path, "a") as data:
        data.renameVariable("heating", "heat")
        data.renameVariable("r_hill", "hill")
    message = problems(path, ["map"], tmp_path)
    assert "lacks the variables heating, r_hill; expected the output of a capture run" in message


def test_no_entry(tmp_path: Path) -> None:
    path = make(tmp_path / "empty.nc", GRID, kept=0)
    assert "holds no entry" in problems(path, None, tmp_path)


def test_equal_figures_give_equal_files(files: dict[str, Path], tmp_path: Path) -> None:
    for name in ("trajectory", "tables"):
        first, = plots.plot(files["planar"], [name], tmp_path / "a", "pdf")
        second, = plots.plot(files["planar"], [name], tmp_path / "b", "pdf")
        assert first.read_bytes() == second.read_bytes()


def test_run_of_the_core(tmp_path: Path) -> None:
    """What a run writes is what the figures read."""
    namelist = Path(__file__).parents[1] / "namelists" / "capture_quick.nml"
    config = read_text(namelist.read_text(), namelist, ["output.trajectories=.true."])
    runs.run(config, tmp_path / "quick.nc", quiet=True)
    made = plots.plot(tmp_path / "quick.nc", None, tmp_path, "png")
    assert [path.stem.removeprefix("quick_") for path in made] == [
        "map", "trajectory", "history", "lifetimes", "heating", "tables"]
