# SPDX-License-Identifier: BSD-3-Clause
"""Figures of sweeps: lines, maps, several maps, points; they show the numbers of the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk.cli.main import main
from marsdisk.plots.style import style
from marsdisk.plots.sweep import _write, draw, plot_sweep
from marsdisk.plots.sweep_output import Column, SweepOutput, is_log, read, unit_text
from marsdisk.sweep import manifest
from marsdisk.sweep.members import DONE, FAILED, State, state_of
from marsdisk.sweep.plan import plan
from marsdisk.sweep.scalars import scalars_of
from marsdisk.sweep.table import write_table
from marsdisk.sweep.work import work_on
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from refusal import refused

pytestmark = pytest.mark.filterwarnings("error")

UNIT = re.compile(r"\[.+\]", re.DOTALL)
SMALL = ("grains.n_bin=10", "rings.n_ring=1", "output.n_out=2", "stop.t_end=0.01")
SWEEPS = {
    "one": ("mars.t0=5000,3000,4000",),
    "text": ("collisions.law=two_body,ls12",),
    "two": ("mars.t0=3000,4000,5000", "surface.tau0=0.1,1,10,100"),
    "three": ("mars.t0=3000,4000,5000", "surface.tau0=0.1,1", "collisions.law=two_body,ls12"),
    "four": ("mars.t0=3000,4000", "surface.tau0=0.1,1", "collisions.law=two_body,ls12",
             "radiation.blowout=true,false"),
}
SAMPLES = """base = "{base}"
[latin_hypercube]
n = 12
mars.t0 = {{ low = 3000, high = 5000 }}
surface.tau0 = {{ low = 0.01, high = 10, spacing = "log" }}
"""
ZIPPED = """base = "{base}"
[zip]
rings.r_in = [1.0, 1.2, 1.5]
rings.r_out = [2.0, 2.2, 2.5]
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Sweeps with their tables; members are run here, one after another."""
    base = tmp_path_factory.mktemp("sweeps")
    plans = {name: plan(NAMELISTS / "quick.nml", [*settings, *SMALL])
             for name, settings in SWEEPS.items()}
    for name, text in (("samples", SAMPLES), ("zipped", ZIPPED)):
        (base / f"{name}.toml").write_text(text.format(base=NAMELISTS / "quick.nml"))
        plans[name] = plan(base / f"{name}.toml", SMALL)
    found = {}
    for name, planned in plans.items():
        sweep = manifest.put(planned, base / name, force=False)
        for member in sweep.members:
            assert work_on(sweep, member, threads=1).state == DONE
        table(sweep)
        found[name] = sweep.folder
    return found


def table(sweep: manifest.Sweep, failed: Sequence[int] = ()) -> None:
    """Write the table of a sweep of which some members have failed."""
    columns = scalars_of(sweep.kind)
    write_table(sweep, {m.index: State(FAILED) if m.index in failed
                        else state_of(sweep, m, columns) for m in sweep.members}, columns)


def figure(folder: Path, name: str = "m_loss_mars") -> tuple[SweepOutput, Figure]:
    """A figure of a sweep, laid out."""
    output = read(folder / "results.nc")
    with style():
        made = draw(output, output.scalars[name])
        made.canvas.draw()
    return output, made


def maps(made: Figure) -> list[np.ndarray]:
    """Values of the maps of a figure."""
    return [np.ma.filled(item.get_array().astype(float), np.nan)
            for axis in made.axes for item in axis.get_children()
            if isinstance(item, QuadMesh) and axis.get_label() != "<colorbar>"]


def test_line_goes_through_the_values_in_order(folders: dict[str, Path]) -> None:
    output, made = figure(folders["one"])
    line = made.axes[0].lines[0]
    assert list(line.get_xdata()) == [3000.0, 4000.0, 5000.0]
    values = output.scalars["m_loss_mars"].values
    assert np.array_equal(line.get_ydata(), values[[1, 2, 0]])
    assert made.axes[0].get_xlabel() == "mars.t0 [K]"
    assert UNIT.search(made.axes[0].get_ylabel())


def test_texts_have_their_places(folders: dict[str, Path]) -> None:
    _, made = figure(folders["text"])
    labels = [label.get_text() for label in made.axes[0].get_xticklabels()]
    assert labels == ["two_body", "ls12"]
    assert made.axes[0].lines[0].get_linestyle() == "None"


def test_map_has_the_values_of_the_table(folders: dict[str, Path]) -> None:
    output, made = figure(folders["two"])
    (cells,) = maps(made)
    assert np.array_equal(cells, output.scalars["m_loss_mars"].values.reshape(3, 4).T)
    axis = made.axes[0]
    assert axis.get_yscale() == "log" and axis.get_xscale() == "linear"
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("mars.t0 [K]", "surface.tau0")
    assert len([text for text in axis.texts if text.get_text()]) == 12


def test_cells_that_differ_in_colour_differ_in_number(folders: dict[str, Path]) -> None:
    """Values that agree in three digits are told apart; what does not fit is not written."""
    output = read(folders["two"] / "results.nc")
    for spread, one in ((1.1e-2, "0.09912"), (1.1e-4, "0.099123"), (0.5, "0.0991")):
        values = 0.099123 * (1.0 + spread * np.linspace(0.0, 1.0, 12))
        scalar = replace(output.scalars["t99_yr"], values=values)
        with style():
            made = draw(output, scalar)
            made.canvas.draw()
        texts = [text.get_text() for text in made.axes[0].texts]
        assert texts[0] == one and len(set(texts)) == 12
        ticks = [label.get_text() for label in made.axes[-1].get_yticklabels()]
        assert len(set(ticks)) == len(ticks) > 2
        assert "+" not in made.axes[-1].yaxis.get_offset_text().get_text()
    for columns, written in ((3, True), (9, False)):
        axis = Figure().subplots()
        _write(axis, (np.arange(columns), np.zeros(1)), np.full((1, columns), 5.5874e-10),
               Normalize(0.0, 1.0), 5, (12.7 / columns, 5.0))
        assert bool(axis.texts) == written


def test_third_key_makes_a_map_for_each_of_its_values(folders: dict[str, Path]) -> None:
    output, made = figure(folders["three"])
    values = output.scalars["m_loss_mars"].values.reshape(3, 2, 2)
    first, second = maps(made)
    assert np.array_equal(first, values[:, 0, :].T) and np.array_equal(second, values[:, 1, :].T)
    titles = [axis.get_title() for axis in made.axes if axis.get_title()]
    assert titles == ["surface.tau0 = 0.1", "surface.tau0 = 1"]


def overlaps(made: Figure) -> list[str]:
    """Texts of a figure that has been drawn which lie on top of one another."""
    shown = []
    for axis in (axis for axis in made.axes if axis.get_visible()):
        ticks = [text for which in (axis.xaxis, axis.yaxis)
                 for tick in which.get_major_ticks() + which.get_minor_ticks()
                 if (text := tick.label1).get_text() and text.get_visible()
                 and which.get_view_interval()[0] <= tick.get_loc() <= which.get_view_interval()[1]]
        shown += [text for text in [*ticks, *axis.texts] if text.get_text()]
    boxes = [(text.get_text(), text.get_rotation(), text.get_window_extent()) for text in shown]
    # of two slanted texts the boxes overlap, not the letters: their middles stand a line apart
    return [f"{a} {b}" for (a, slant, one), (b, _, other) in combinations(boxes, 2)
            if (one.overlaps(other) if not slant else
                abs(one.x1 - other.x1) * np.sin(np.radians(slant)) < 0.7 * made.dpi * 8.0 / 72.0)]


def made_up(values: dict[str, Sequence[float | str]], sampled: bool = False) -> SweepOutput:
    """A table without a sweep: a grid over some keys, or samples of them."""
    rows = list(zip(*values.values(), strict=True) if sampled else product(*values.values()))
    varied = {name: Column(name, f"{name.replace('_', '.')}: help", "K", np.array(column))
              for name, column in zip(values, zip(*rows, strict=True), strict=True)}
    axes = ((tuple(values), True),) if sampled else tuple(((name,), False) for name in values)
    masses = 1e-10 * np.sqrt(1.0 + np.arange(len(rows)))
    lost = Column("m", "mass lost at the end", "M_Mars", masses)
    return SweepOutput("disk", "made_up", axes, varied, {"m": lost}, ("done",) * len(rows))


@pytest.mark.parametrize(("values", "sampled", "numbers"), [
    ({"a_x": [3000, 3050, 4000, 4010, 5000], "a_y": [0.5, 0.52, 2]}, False, False),
    ({"a_x": [3000, 4000, 5000], "a_y": [0.5, 0.52, 2]}, False, False),
    ({"a_x": [3000, 4000, 5000], "a_y": [1, 1.5, 2]}, False, True),
    ({"a_x": [3000, 3500, 5000], "a_y": [0.5, 0.52, 9], "a_z": [1, 2, 3]}, False, False),
    ({"a_x": [3000, 3050, 3060, 5000]}, False, False),
    ({"a_x": [f"file_{k:02d}" for k in range(40)], "a_y": list("abc"), "a_z": [1, 1.1, 1.2]},
     False, False),
    ({"a_x": [3001.2, 3002.3, 3466.8, 3566.1, 3570.2, 4398.8]}, True, False),
    ({"a_x": [1.3e-7, 1.4e-7, 2e-7, 9e-7], "a_y": [1, 2, 3, 8], "a_z": [1, 9, 80, 9]}, True, False),
])
def test_uneven_values_can_be_read(
    values: dict[str, Sequence[float | str]], sampled: bool, numbers: bool
) -> None:
    """No two ticks or numbers lie on top of one another; numbers are there where all fit."""
    output = made_up(values, sampled)
    with style():
        made = draw(output, output.scalars["m"])
        made.canvas.draw()
        assert overlaps(made) == []
    assert any(axis.texts for axis in made.axes) == numbers
    for axis in (axis for axis in made.axes if axis.get_visible()):
        low, high = axis.get_xlim()
        marks = [x for x in axis.get_xticks() if low <= x <= high]
        assert len(marks) > 1 or axis.get_label() == "<colorbar>"


def test_scalars_are_said_in_words(folders: dict[str, Path]) -> None:
    for name, place in (("two", 1), ("one", 0), ("samples", 0)):
        _, made = figure(folders[name])
        label = " ".join(made.axes[place].get_ylabel().split())
        assert label == r"mass lost at the end [$M_\mathrm{Mars}$]"
        assert made.get_suptitle().endswith(" members: m_loss_mars")


@pytest.mark.parametrize(("name", "panels"), [("samples", 2), ("four", 4)])
def test_samples_and_many_keys_are_points(
    name: str, panels: int, folders: dict[str, Path]
) -> None:
    output, made = figure(folders[name])
    shown = [axis for axis in made.axes if axis.get_visible()]
    assert len(shown) == panels
    for axis, key in zip(shown, output.varied, strict=True):
        assert axis.get_xlabel().startswith(key.replace("_", ".", 1))
        assert np.array_equal(axis.lines[0].get_ydata(), output.scalars["m_loss_mars"].values)
    assert shown[1].get_xscale() == ("log" if name == "samples" else "linear")


def test_lists_that_go_together_are_one_axis(folders: dict[str, Path]) -> None:
    _, made = figure(folders["zipped"])
    assert made.axes[0].get_xlabel() == r"rings.r_in and 1 more [$R_\mathrm{Mars}$]"
    assert list(made.axes[0].lines[0].get_xdata()) == [1.0, 1.2, 1.5]


def test_members_without_a_value_are_seen(folders: dict[str, Path], tmp_path: Path) -> None:
    for name in ("two", "one"):
        sweep = manifest.load(folders[name])
        count = len(sweep.members)
        table(sweep, failed=[1])
        try:
            _, made = figure(folders[name])
            assert f"{count - 1} of {count} members" in made.get_suptitle()
            if name == "two":
                (cells,) = maps(made)
                assert np.isnan(cells[1, 0]) and np.isfinite(cells).sum() == 11
            else:
                assert made.axes[0].lines[1].get_xdata()[0] == 3000.0  # marks the gap
            plot_sweep(folders[name], None, tmp_path, "png")
            table(sweep, failed=range(count))
            plot_sweep(folders[name], ["m_loss_mars"], tmp_path, "png")
        finally:
            table(sweep)


def test_constant_and_zero_values_can_be_drawn(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        for scalar in ("mdot_escape_last", "time_last"):  # 0 and the same everywhere
            figure(folder, scalar)


def test_command_writes_what_is_asked_for(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = folders["two"]
    for arguments, names in (
        ((str(folder), "--to", "a"), ["a/quick_m_loss_mars.png", "a/quick_t99_yr.png"]),
        ((str(folder / "results.nc"), "--to", "b", "--what", "m_blow[-1],max(mass_residual)",
          "--format", "pdf"), ["b/quick_m_blow_last.pdf", "b/quick_max_mass_residual.pdf"]),
    ):
        with pytest.raises(SystemExit) as stop:
            main(["plot", *arguments])
        assert stop.value.code == 0
        assert capsys.readouterr().out.split() == names
        assert all(Path(name).stat().st_size > 1000 for name in names)
    assert "did you mean m_loss_mars" in refused(
        capsys, "plot", str(folder), "--what", "m_los_mars")
    assert "is text, not a number" in refused(capsys, "plot", str(folder), "--what", "stop_reason")
    (tmp_path / "s").mkdir()
    (tmp_path / "s/manifest.json").write_text((folder / "manifest.json").read_text())
    assert "there is no table yet" in refused(capsys, "plot", "s")
    (tmp_path / "s/results.nc").write_text("damaged")
    assert "cannot be read" in refused(capsys, "plot", "s")


@pytest.mark.parametrize(("values", "log"), [
    ([1, 2, 3], False), ([1, 10, 100], True), ([0.1, 0.2, 0.4, 0.8, 1.6], True), ([1, 2], False),
    ([1, 100], True), ([0, 1, 10], False), ([3000, 4000, 5000], False), ([5], False),
])
def test_scale_follows_the_spacing(values: list[float], log: bool) -> None:
    assert is_log(np.array(values, dtype=float)) == log


def test_units_of_labels() -> None:
    assert unit_text("kg m-2 s-1") == "kg m$^{-2}$ s$^{-1}$"
    assert unit_text("M_Mars s-1") == r"$M_\mathrm{Mars}$ s$^{-1}$"
    assert unit_text("1") == "1"
