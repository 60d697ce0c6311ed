# SPDX-License-Identifier: BSD-3-Clause
"""Figures of disk runs: all are written, say their units, and show what is in the file."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib
import netCDF4
import numpy as np
import pytest
from marsdisk import plots, runs
from marsdisk.cli.main import main
from marsdisk.config.read import read_namelist
from marsdisk.errors import InputError, OutputError, StoppedEarly
from marsdisk.plots import disk, disk_output
from marsdisk.plots.style import cell_edges, log_limits, number, style

pytestmark = pytest.mark.filterwarnings("error")

NAMELISTS = Path(__file__).parents[1] / "namelists"
UNIT = re.compile(r"\[.+\]", re.DOTALL)
NAMES = ("rate", "loss", "maps", "psd", "ledger")
SMALL = ("rings.n_ring=4", "grains.n_bin=20", "output.n_out=40")
CASES = {
    "quick": ("quick", ()),
    "one_ring": ("quick", ("rings.n_ring=1",)),
    "one_ring_linear": ("sublimation_only", ("grains.n_bin=20",)),
    "sublimation": ("sublimation", (*SMALL, "stop.t_end=0.01")),
    "vapour": ("vapour", (*SMALL, "stop.t_end=0.001")),
    "moved": ("quick", ("transport.pr_drag=.true.", "transport.viscosity=disk", "stop.t_end=1",
                        "radiation.chi_mode=orbits", "collisions.e_profile=const")),
    "lost": ("quick", ("collisions.bottom=lost", "output.spacing=linear")),
    "nothing_happens": ("quick", ("mars.t0=2100", "stop.t_mars_end=2050", "supply.mode=none")),
    "one_output": ("quick", ("output.psd=.false.", "output.n_out=1")),
}

WRITTEN = ("quick", "one_ring", "sublimation")
"""Cases whose figures are all written to files."""

ODD = ("moved", "lost", "nothing_happens", "one_output")
"""Cases whose figures are drawn, but not laid out and written."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Output of every case."""
    folder = tmp_path_factory.mktemp("runs")
    made = {}
    for case, (name, overrides) in CASES.items():
        made[case] = folder / f"{case}.nc"
        config = read_namelist(NAMELISTS / f"{name}.nml", list(overrides))
        runs.run(config, made[case], quiet=True)
    return made


@pytest.fixture
def changed(files: dict[str, Path], tmp_path: Path) -> Iterator[netCDF4.Dataset]:
    """A copy of the output of quick.nml, open to be changed: changed.nc."""
    with netCDF4.Dataset(shutil.copy(files["quick"], tmp_path / "changed.nc"), "a") as data:
        yield data


def output_of(path: Path) -> disk_output.DiskOutput:
    """What the figures are made from."""
    with netCDF4.Dataset(path) as data:
        return disk_output.read(path, data, plots._namelist(path, data))


def draw(figure: matplotlib.figure.Figure) -> None:
    """Draw without laying out, which is most of the time it takes."""
    figure.set_layout_engine("none")
    figure.canvas.draw()


def labels_of(figure: matplotlib.figure.Figure) -> list[str]:
    """Labels of all axes, second scales and colour bars included."""
    axes = list(figure.axes)
    axes += [child for axis in axes for child in axis.child_axes]
    return [label for axis in axes for label in (axis.get_xlabel(), axis.get_ylabel()) if label]


@pytest.mark.parametrize("case", WRITTEN)
def test_all_figures(case: str, files: dict[str, Path], tmp_path: Path,
                     capsys: pytest.CaptureFixture[str]) -> None:
    made = plots.plot(files[case], None, tmp_path / "new" / "folder", "png")
    assert [path.name for path in made] == [f"{case}_{name}.png" for name in NAMES]
    assert sorted(made) == sorted((tmp_path / "new" / "folder").iterdir())
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in made)
    assert all(10_000 < path.stat().st_size < 200_000 for path in made)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("case", CASES)
def test_labels(case: str, files: dict[str, Path]) -> None:
    """Every figure of every case says what it shows, and the odd ones are drawn as well."""
    output = output_of(files[case])
    rings = "1 ring" if len(output.r) == 1 else f"{len(output.r)} rings"
    title = f"{output.name}: $T_0$ = {output.t_mars[0]:.0f} K, {rings} \u00d7 {output.n_bin} bins"
    for name, make in disk.FIGURES.items():
        if disk.cannot_draw(name, output):
            assert (name, case) == ("psd", "one_output")
            continue
        with style():
            figure = make(output)
            if case in ODD:
                draw(figure)
        labels = labels_of(figure)
        assert len(labels) >= 2
        assert all(UNIT.search(label) for label in labels), labels
        assert figure.get_suptitle() == title
        sizes = [text.get_fontsize() for text in figure.findobj(matplotlib.text.Text)
                 if text.get_text() and text.get_visible()]
        assert min(sizes) >= 8.0 and figure.get_figwidth() == pytest.approx(17.0 / 2.54)


def test_no_size_distribution(files: dict[str, Path], tmp_path: Path,
                              monkeypatch: pytest.MonkeyPatch,
                              capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(disk, "FIGURES", {"psd": disk.psd, "rate": disk.rate})
    made = plots.plot(files["one_output"], None, tmp_path, "png")
    assert [path.name for path in made] == ["one_output_rate.png"]
    note = "note: psd is left out: the run kept no size distribution (output.psd = .false.)\n"
    assert capsys.readouterr() == ("", note)


@pytest.mark.parametrize("name", ["loss", "maps", "psd"])
def test_nothing_is_cut_off(name: str, files: dict[str, Path]) -> None:
    with style():
        figure = disk.FIGURES[name](output_of(files["vapour"]))
        figure.get_layout_engine().execute(figure)
        box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.01 and box.y0 >= -0.01
    assert box.x1 <= width + 0.01 and box.y1 <= height + 0.01


def test_lines_are_those_of_the_file(files: dict[str, Path]) -> None:
    with netCDF4.Dataset(files["sublimation"]) as data:
        year, m_mars = float(data["julian_year"][:]), float(data["const_m_mars"][:])
        time = data["time"][1:] / year
        lost = {"$M_\\mathrm{loss}$": data["m_loss"], "blow-out": data["m_blow"],
                "vapour escape": data["m_escape"]}
        lost = {label: values[1:] / m_mars for label, values in lost.items()}
        bound = (data["m_surface"][0] + data["m_supply"][1:]) / m_mars
        t99 = data.t99_yr
        number_ = data["number"][-1] * data["grain_mass"][:]
        per_area = np.average(number_, axis=0, weights=data["ring_area"][:])
        per_dex = per_area / np.diff(np.log10(data["size_edges"][:]))
        surface = np.average(data["sigma_surf"][-1], weights=data["ring_area"][:])
        edges = data["r_edges"][:] / float(data["const_r_mars"][:])
        outflow = data["mdot_area"][1:]
    output = output_of(files["sublimation"])
    lines = {line.get_label(): line for line in disk.loss(output).axes[0].lines}
    for label, values in {**lost, "initial surface + supplied": bound}.items():
        assert np.allclose(lines[label].get_xdata(), time, rtol=1e-12)
        assert np.allclose(lines[label].get_ydata(), values, rtol=1e-12)
    assert np.all(bound >= lost["$M_\\mathrm{loss}$"])
    assert lines[f"99 % of the loss by {t99:.3g} yr"].get_xdata()[0] == t99

    last = disk.psd(output).axes[0].lines[-1]
    assert np.allclose(last.get_ydata(), per_dex, rtol=1e-12)
    # the integral over log size is the surface density
    widths = np.diff(np.log10(output.sizes.size_edges))
    assert np.sum(last.get_ydata() * widths) == pytest.approx(surface, rel=1e-12)

    image = next(iter(disk.maps(output).axes[0].collections))
    corners = image.get_coordinates()
    assert np.allclose(corners[:, 0, 1], edges)
    assert corners[0, 0, 0] == pytest.approx(time[0]) and corners[0, -1, 0] == pytest.approx(
        time[-1])
    top = outflow.max()
    assert np.allclose(image.get_array(), np.maximum(outflow.T, 0.5e-8 * top))


def test_the_ledger_shows_every_place_of_the_surface_layer(files: dict[str, Path]) -> None:
    """Layers and routes that are drawn add up to what there was and was supplied."""
    lines = {line.get_label(): np.asarray(line.get_ydata())
             for line in disk.ledger(output_of(files["moved"])).axes[1].lines}
    bound = lines.pop("initial surface + supplied")
    del lines["supplied to the surface"]  # in the bound
    for edge in ("in", "out"):  # is of another layer
        assert np.all(lines.pop(f"deep layer spread past $r_\\mathrm{{{edge}}}$")[-1] > 0.0)
    assert np.all(lines["dragged past $r_\\mathrm{in}$"][-1] > 1e-9 * bound)
    assert np.all(lines["fallen on Mars"][-1] > 1e-3 * bound)
    assert np.allclose(sum(lines.values()), bound, rtol=1e-12)


def test_what_moves_past_the_edges_is_shown(files: dict[str, Path]) -> None:
    """The ledger has all of m_in and m_out, and the figure of the loss says both."""
    output = output_of(files["moved"])
    with netCDF4.Dataset(files["moved"]) as data:
        moved = {edge: float(data[f"m_{edge}"][-1]) / output.m_mars for edge in ("in", "out")}
    assert moved["out"] > 10.0 * output.masses["loss"][-1] / output.m_mars
    axis = disk.ledger(output).axes[1]
    lines = {line.get_label(): np.asarray(line.get_ydata()) for line in axis.lines}
    last = {label: line[-1] for label, line in lines.items()}
    inward = ("dragged past $r_\\mathrm{in}$", "fallen on Mars",
              "deep layer spread past $r_\\mathrm{in}$")
    assert sum(last[name] for name in inward) == pytest.approx(moved["in"], rel=1e-12)
    assert last["deep layer spread past $r_\\mathrm{out}$"] == pytest.approx(
        moved["out"], rel=1e-12)
    low, high = axis.get_ylim()
    assert all(low < line.max() < high for line in lines.values())
    said, silent = ("".join(axis.get_title(loc="left") for axis in disk.loss(one).axes)
                    for one in (output, output_of(files["quick"])))
    for edge, mass in moved.items():
        assert f"{number(mass)} $M_\\mathrm{{Mars}}$ past $r_\\mathrm{{{edge}}}$" in said
    assert silent == ""


@pytest.mark.parametrize(("share", "drawn"), [(1e-8, True), (1e-12, False)])
def test_a_line_off_the_axis_has_no_entry_in_the_legend(
    share: float, drawn: bool, changed: netCDF4.Dataset
) -> None:
    changed["m_escape"][:] = share * changed["m_blow"][:]
    changed.sync()
    axis = disk.ledger(output_of(Path(changed.filepath()))).axes[1]
    lines = {line.get_label(): line.get_ydata() for line in axis.lines}
    assert ("vapour escape" in lines) == drawn
    assert all(axis.get_ylim()[0] < np.max(line) for line in lines.values())


def test_scales_in_other_units(files: dict[str, Path]) -> None:
    output = output_of(files["quick"])
    for figure, factor in ((disk.loss(output), output.m_mars),
                           (disk.rate(output), output.year / output.m_mars)):
        draw(figure)
        axis = next(axis for axis in figure.axes if axis.child_axes)
        right = axis.child_axes[0].get_ylim()
        assert np.allclose(right, np.array(axis.get_ylim()) * factor)


def test_linear_times_keep_the_start(files: dict[str, Path]) -> None:
    output = output_of(files["lost"])
    axis = disk.rate(output).axes[1]
    assert not output.log_time and axis.get_xscale() == "linear" and axis.get_xlim()[0] == 0.0
    labels = [line.get_label() for line in axis.lines]
    assert "below the size grid" in labels
    assert output_of(files["quick"]).log_time
    assert disk.rate(output_of(files["quick"])).axes[1].get_xscale() == "log"


def test_the_rate_below_the_grid_is_that_of_the_file(files: dict[str, Path]) -> None:
    """Not the mean between two outputs, which lags behind."""
    lines = {line.get_label(): line for line in disk.rate(output_of(files["lost"])).axes[1].lines}
    with netCDF4.Dataset(files["lost"]) as data:
        rates = {name: data[f"mdot_{name}"][:] for name in ("blow", "below")}
    assert np.array_equal(lines["below the size grid"].get_ydata(), rates["below"])
    assert np.allclose(lines["all routes"].get_ydata(), sum(rates.values()), rtol=1e-15)


def test_melting_lines_are_those_of_the_run(files: dict[str, Path]) -> None:
    output = output_of(files["sublimation"])
    axis = disk.maps(output).axes[2]
    texts = [text.get_text() for text in axis.get_legend().get_texts()]
    assert texts == ["liquid above 2163 K", "solid below 2133 K"]
    # what does not evaporate is as hot, and whether it has melted does not matter
    assert disk.maps(replace(output, sublimation=False)).axes[2].get_legend() is None
    assert not output_of(files["quick"]).sublimation and output.sublimation


def test_incomplete_run(tmp_path: Path) -> None:
    path = tmp_path / "stopped.nc"
    config = read_namelist(NAMELISTS / "quick.nml", [])
    with pytest.raises(StoppedEarly):
        runs.run(config, path, quiet=True, wall=1.0e-9)
    output = output_of(path)
    assert not output.complete and "(incomplete: " in output.title
    assert plots.plot(path, ["loss"], tmp_path, "png")


def test_start_alone(changed: netCDF4.Dataset, tmp_path: Path) -> None:
    """A run stopped before its first output, with several rings."""
    source = changed
    with netCDF4.Dataset(tmp_path / "start.nc", "w") as start:
        start.setncatts({name: source.getncattr(name) for name in source.ncattrs()})
        for name, dimension in source.dimensions.items():
            start.createDimension(name, 1 if name == "time" else len(dimension))
        for name, variable in source.variables.items():
            new = start.createVariable(name, variable.dtype, variable.dimensions)
            new[...] = variable[:1] if "time" in variable.dimensions else variable[...]
    output = output_of(tmp_path / "start.nc")
    for make in disk.FIGURES.values():
        draw(make(output))


def test_chosen_figure_as_pdf(files: dict[str, Path], tmp_path: Path) -> None:
    made = plots.plot(files["quick"], ["maps", "maps"], tmp_path, "pdf")
    assert made == [tmp_path / "quick_maps.pdf"]
    content = made[0].read_bytes()
    assert content.startswith(b"%PDF") and b"CreationDate" not in content


def test_settings_of_the_user_stay_out_and_unchanged(files: dict[str, Path],
                                                     tmp_path: Path) -> None:
    plain, = plots.plot(files["quick"], ["psd"], tmp_path / "a", "png")
    with matplotlib.rc_context({"font.size": 30.0, "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        mine, = plots.plot(files["quick"], ["psd"], tmp_path / "b", "png")
        assert dict(matplotlib.rcParams) == before
    assert mine.read_bytes() == plain.read_bytes()


def test_no_pyplot() -> None:
    """pyplot keeps figures alive and looks for a display."""
    code = "import sys, marsdisk.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def problems(path: Path, names: list[str] | None, folder: Path) -> str:
    """Message of the InputError that a call raises."""
    with pytest.raises(InputError) as caught:
        plots.plot(path, names, folder, "png")
    return str(caught.value)


def test_unknown_names(files: dict[str, Path], tmp_path: Path) -> None:
    message = problems(files["quick"], ["los", "rate", "map", "xyz"], tmp_path)
    listing = "expected rate, loss, maps, psd, ledger"
    assert message.splitlines() == [
        f"--what: there is no figure 'los' of a disk run; {listing}; did you mean loss?",
        f"--what: there is no figure 'map' of a disk run; {listing}; did you mean maps?",
        f"--what: there is no figure 'xyz' of a disk run; {listing}",
    ]
    assert not list(tmp_path.iterdir())


def test_psd_on_request(files: dict[str, Path], tmp_path: Path) -> None:
    message = problems(files["one_output"], ["loss", "psd"], tmp_path)
    assert message.endswith("psd: cannot be drawn: the run kept no size distribution "
                            "(output.psd = .false.)")
    assert not list(tmp_path.iterdir())


def test_no_netcdf(tmp_path: Path) -> None:
    for text in ("", "hello"):
        path = tmp_path / "text.nc"
        path.write_text(text)
        assert "text.nc: cannot be read as netCDF" in problems(path, None, tmp_path)
    assert "cannot be read as netCDF: No such file" in problems(tmp_path / "none.nc", None,
                                                                tmp_path)


def test_no_output_of_marsdisk(tmp_path: Path) -> None:
    path = tmp_path / "other.nc"
    for namelist in (None, "", "&run name = 'x' /", "hello", 3):
        with netCDF4.Dataset(path, "w") as data:
            if namelist is not None:
                data.namelist = namelist
        assert "is no output of marsdisk" in problems(path, None, tmp_path)
    with netCDF4.Dataset(path, "w") as data:
        data.namelist = "&run kind = 'craters' /"
    assert "a run of kind 'craters', for which there are no figures" in problems(
        path, None, tmp_path)


def test_missing_variables(changed: netCDF4.Dataset, tmp_path: Path) -> None:
    changed.renameVariable("m_loss", "loss")
    changed.renameVariable("tau_los", "tau")
    changed.sync()
    message = problems(tmp_path / "changed.nc", ["rate"], tmp_path)
    assert "lacks the variables tau_los, m_loss; expected the output of a disk run" in message


def test_no_output_time(changed: netCDF4.Dataset, tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "empty.nc", "w") as empty:
        empty.namelist = changed.namelist
        for name, dimension in changed.dimensions.items():
            empty.createDimension(name, 0 if name == "time" else len(dimension))
        for name, variable in changed.variables.items():
            empty.createVariable(name, variable.dtype, variable.dimensions)
    assert "holds no output time" in problems(tmp_path / "empty.nc", None, tmp_path)


def test_folder_that_is_a_file(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        plots.plot(files["quick"], ["rate"], tmp_path / "file", "png")


def test_full_disk(files: dict[str, Path], tmp_path: Path,
                   capsys: pytest.CaptureFixture[str]) -> None:
    """What was drawn before stays, and nobody says that nothing was written."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    plots.plot(files["quick"], ["rate"], tmp_path, "png")
    size = (tmp_path / "quick_rate.png").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        with pytest.raises(SystemExit) as stop:
            main(["plot", str(files["quick"]), "--what", "rate,ledger", "--to", str(tmp_path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert stop.value.code == 1
    err = capsys.readouterr().err
    assert "quick_ledger.png cannot be written: " in err and "nothing" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["quick_rate.png"]


def test_command(files: dict[str, Path], tmp_path: Path,
                 capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["plot", str(files["quick"]), "--what", "psd,rate", "--to", str(tmp_path)])
    assert stop.value.code == 0
    out, err = capsys.readouterr()
    assert out.split() == [str(tmp_path / f"quick_{name}.png") for name in ("psd", "rate")]
    assert err == ""
    with pytest.raises(SystemExit) as stop:
        main(["plot", str(files["quick"]), "--what", "lose"])
    assert stop.value.code == 2 and "did you mean loss?" in capsys.readouterr().err


def test_log_limits() -> None:
    assert log_limits([np.array([0.0, -1.0, np.nan])], 3.0) is None
    assert log_limits([], 3.0) is None
    assert log_limits([np.array([1.0e-9, 0.1]), np.array([[1.0]])], 3.0) == pytest.approx(
        (1e-3, 1.0))
    assert log_limits([np.array([0.5, 1.0])], 3.0) == (0.5, 1.0)


def test_cell_edges() -> None:
    assert np.allclose(cell_edges(np.array([1.0, 100.0]), log=True), [1.0, 10.0, 100.0])
    assert np.allclose(cell_edges(np.array([0.0, 2.0, 6.0]), log=False), [0.0, 1.0, 4.0, 6.0])


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0"), (1.234, "1.2"), (0.0015, "0.0015"), (1.5e-4, r"1.5$\times$10$^{-4}$"),
    (25.0, "25"), (123.4, "123"), (2.5e5, r"2.5$\times$10$^{5}$"),
])
def test_number(value: float, text: str) -> None:
    assert number(value) == text
