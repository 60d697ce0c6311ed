# SPDX-License-Identifier: BSD-3-Clause
"""Pages about runs: complete, self-contained, and with the numbers of the file."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import capture_files
import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk import runs
from marsdisk.cli.main import main
from marsdisk.config.read import read_namelist
from marsdisk.errors import InputError, StoppedEarly
from marsdisk.report import page as report_page
from marsdisk.report.html import Markup, element, table
from marsdisk.report.page import report, write_report

NASTY = "grains <b>&amp; \"dust\" 'n' <script>alert(1)</script>"
SMALL = ("rings.n_ring=4", "grains.n_bin=20", "output.n_out=20")
SECTIONS = ["warnings", "results", "figures", "ledger", "parameters", "inputs", "provenance",
            "cite", "namelist"]


class Page(HTMLParser):
    """A page taken apart; tags must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.sections: list[str] = []
        self.images: list[dict[str, str]] = []
        self.numbers: set[float] = set()
        self.words: list[str] = []
        self.changed: list[str] = []
        self.tags: set[str] = set()
        self._row = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.links += [given[name] for name in ("src", "href", "action", "data") if name in given]
        if tag == "section":
            self.sections.append(given["id"])
        if tag == "img":
            self.images.append(given)
        if tag == "data":
            self.numbers.add(float(given["value"]))
        if tag == "tr":
            self._row = given.get("class", "")
        if tag not in ("img", "input", "meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if "changed" in self._row and self.open[-2:] == ["th", "code"]:
            self.changed.append(data)

    @property
    def text(self) -> str:
        """All text, without style."""
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output of a small disk run with changed keys and an input file."""
    folder = tmp_path_factory.mktemp("disk")
    table = folder / "cooling <1>.txt"
    table.write_text("time_yr temperature_K\n0 4000\n1 3500\n")
    overrides = [*SMALL, "mars.driver=table", f"mars.table={table}", "mars.t0=5000",
                 "stop.t_end=0.05", "collisions.bottom=lost", "run.name=mine"]
    config = read_namelist(NAMELISTS / "quick.nml", overrides)
    runs.run(config, folder / "mine.nc", quiet=True)
    return folder / "mine.nc"


@pytest.fixture(scope="module")
def disk_page(disk: Path) -> Page:
    """Its page."""
    return Page(report(disk))


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without figures, which take most of the time."""
    monkeypatch.setattr(report_page, "figures", lambda data, contents: ([], []))


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output of a capture run with trajectories and tides."""
    path = tmp_path_factory.mktemp("capture") / "spatial.nc"
    config = read_namelist(NAMELISTS / "capture_quick.nml",
                           ["output.trajectories=.true.", "output.n_sample=50"])
    runs.run(config, path, quiet=True)
    return path


@pytest.fixture(scope="module")
def capture_page(capture: Path) -> Page:
    """Its page."""
    return Page(report(capture))


def names_in(path: Path) -> list[str]:
    """Short names of all keys of the namelist in a file."""
    with netCDF4.Dataset(path) as data:
        return re.findall(r"^  (\w+) = ", data.namelist, re.MULTILINE)


def check_alone(page: Page) -> None:
    """Nothing outside the page is asked for, and nothing in it is active."""
    for link in page.links:
        assert link.startswith(("#", "data:image/png;base64,")), link
    assert all(link[1:] in page.sections for link in page.links if link.startswith("#"))
    assert not page.tags & {"script", "link", "iframe", "object", "form", "base"}
    style = "".join(page.words[:200])
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize("kind", ["disk", "capture"])
def test_pages_are_self_contained_and_have_every_section(
    kind: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(kind)
    page: Page = request.getfixturevalue(f"{kind}_page")
    check_alone(page)
    assert page.sections == [s for s in SECTIONS if kind == "disk" or s != "ledger"]
    assert [link for link in page.links if link.startswith("#")] == [
        f"#{name}" for name in page.sections]
    for image in page.images:
        content = base64.b64decode(image["src"].partition(",")[2])
        assert content.startswith(b"\x89PNG") and image["alt"] in page.text
    for name in names_in(path):
        assert name in page.words, name
    with netCDF4.Dataset(path) as data:
        for attribute in ("marsdisk_version", "git_hash", "compiler", "flags", "host"):
            assert data.getncattr(attribute) in page.text
        for note in data.warnings.splitlines():
            assert " ".join(note.split()) in page.text
        assert " ".join(data.namelist.split()) in page.text
    assert hashlib.sha256(path.read_bytes()).hexdigest() in page.text


def test_numbers_of_a_disk_run_are_those_of_its_file(disk: Path, disk_page: Page) -> None:
    with netCDF4.Dataset(disk) as data:
        for name in ("m_loss", "m_blow", "m_below", "m_supply", "m_disk", "m_surface", "l_loss"):
            assert float(data[name][-1]) in disk_page.numbers, name
        assert float(data["m_removed0"][...]) in disk_page.numbers
        assert float(data.t99_yr) in disk_page.numbers
        assert float(np.max(data["surface_residual"][:])) in disk_page.numbers
        for name in ("const_gm_mars", "const_sigma_sb"):
            assert float(data[name][...]) in disk_page.numbers
        assert float(data["m_loss"][-1]) / float(data["const_m_mars"][...]) in disk_page.numbers
        shown = f"{data.m_loss_mars:.4e}".replace("e-0", "e-")
    assert f"{shown} M_Mars lost, Delta M_in" in disk_page.text
    assert len(disk_page.images) == 5 and "Not drawn" not in disk_page.text


def test_the_ledger_is_summed_from_its_lines(disk: Path, disk_page: Page) -> None:
    with netCDF4.Dataset(disk) as data:
        begun = data["m_disk"][0] + data["m_removed0"][...]
        ended = (data["m_disk"][-1] + data["m_loss"][-1] + data["m_removed0"][...])
    assert any(number == pytest.approx(float(begun), rel=1e-15) for number in disk_page.numbers)
    assert abs(ended - begun) / begun < 1e-14
    assert "there was" in disk_page.text and "is accounted for" in disk_page.text


@pytest.mark.usefixtures("no_figures")
def test_what_has_moved_is_in_results_and_ledger(tmp_path: Path) -> None:
    overrides = [*SMALL, "transport.viscosity=disk", "stop.t_end=0.5", "radiation.chi_mode=orbits",
                 "collisions.e_profile=const"]
    runs.run(read_namelist(NAMELISTS / "quick.nml", overrides), tmp_path / "moved.nc", quiet=True)
    page = Page(report(tmp_path / "moved.nc"))
    with netCDF4.Dataset(tmp_path / "moved.nc") as data:
        inward, fallen, outward = (float(data[name][-1]) for name in ("m_in", "m_fallen", "m_out"))
        m_mars = float(data["const_m_mars"][...])
    assert 0.0 < fallen < inward
    assert {inward, outward, inward / m_mars, outward / m_mars} <= set(page.numbers)
    assert {fallen, inward - fallen} <= set(page.numbers)
    assert "fell on Mars, unbound" in page.text


def test_changed_keys_and_no_others_are_marked(disk: Path, disk_page: Page) -> None:
    page = disk_page
    changed = {"name", "n_ring", "driver", "t0", "table", "n_bin", "bottom", "n_out", "t_end"}
    assert set(page.changed) == changed
    assert f"{len(changed)} of {len(names_in(disk))} keys differ from the defaults" in page.text
    assert "5000.0 K default 4000.0" in page.text
    assert "collisions.bottom 'lost' 'floor'" in page.text
    with netCDF4.Dataset(disk) as data:
        digest = re.search(r"mars.table: .* sha256 (\w+)", data.input_files)[1]
    assert digest in page.text and "cooling <1>.txt" in page.text


def test_numbers_of_a_capture_run_are_those_of_its_file(
    capture: Path, capture_page: Page
) -> None:
    page = capture_page
    with netCDF4.Dataset(capture) as data:
        outcome = data["outcome"][:]
        captured = outcome == 1
        for code in range(6):
            assert float(np.sum(outcome == code)) in page.numbers
        for name in ("lifetime", "e_end", "delta_energy", "heating"):
            values = np.ma.compressed(data[name][captured])
            for value in (values.min(), np.median(values), values.max()):
                assert float(value) in page.numbers, name
        first = np.flatnonzero(captured)[0]
        assert f"{data['e_end'][first]:.6f}" in page.text
    assert "How the orbits of captured" not in page.text  # tables have their own captions
    assert "Captured entries: eccentricity at the end" in page.text
    assert "the run has no tides (tides.active = .false.)" in page.text


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    path = capture_files.make(tmp_path / "none.nc", ["start.u=0.01,0.02,2"],
                              outcome=lambda count: np.zeros(count, dtype=np.int8))
    with netCDF4.Dataset(path, "a") as data:
        data.setncatts({f"n_{name}": 0 for name in ("bound", "phobos", "deimos", "step")})
    page = Page(report(path))
    assert "trajectory : the run kept no trajectories" in page.text
    assert "heating : nothing was captured" in page.text
    assert "Nothing was captured." in page.text


@pytest.mark.usefixtures("no_figures")
def test_a_stopped_run_says_so_at_the_top(tmp_path: Path) -> None:
    path = tmp_path / "stopped.nc"
    with pytest.raises(StoppedEarly):
        runs.run(read_namelist(NAMELISTS / "quick.nml", []), path, quiet=True, wall=1.0e-9)
    page = Page(report(path))
    banner = page.text.index("This run is not complete : stopped by the wall-clock limit")
    assert banner < page.text.index("lost, Delta M_in")
    assert "It has reached t = " in page.text and "marsdisk resume stopped.nc" in page.text


@pytest.mark.usefixtures("no_figures")
def test_a_failed_run_is_not_to_be_gone_on_with(disk: Path, tmp_path: Path) -> None:
    path = tmp_path / "open.nc"
    path.write_bytes(disk.read_bytes())
    with netCDF4.Dataset(path, "a") as data:
        data.setncatts({"complete": 0, "stop_reason": "failed: the ledger is open at t = 1 s"})
    text = Page(report(path)).text
    assert "failed: the ledger is open" in text and "has to be run again" in text
    assert "marsdisk resume" not in text


@pytest.mark.usefixtures("no_figures")
def test_texts_of_the_file_are_never_markup(disk: Path, tmp_path: Path) -> None:
    path = tmp_path / "nasty <i>.nc"
    path.write_bytes(disk.read_bytes())
    with netCDF4.Dataset(path, "a") as data:
        for name in ("warnings", "stop_reason", "host", "compiler", "flags", "references",
                     "marsdisk_version", "history", "git_hash", "input_files"):
            data.setncattr(name, NASTY)
        data.complete = 0
        data.namelist = data.namelist.replace("'mine'", "'<script>x</script>'")
        data["const_year"].source = NASTY
    text = report(path)
    page = Page(text)
    check_alone(page)
    assert "<script" not in text and "<b>&" not in text
    assert page.text.count("<script>alert(1)</script>") >= 8


@pytest.mark.usefixtures("no_figures")
def test_keys_of_another_version_are_shown(disk: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.nc"
    path.write_bytes(disk.read_bytes())
    with netCDF4.Dataset(path, "a") as data:
        text = data.namelist.replace("&mars\n", "&mars\n  moonlight = 3.0\n")
        text = re.sub(r"  f_lim = .*\n", "", text)
        data.namelist = text + "&strange\n  key = 'x'\n/\n"
    page = Page(report(path))
    assert "moonlight" in page.changed and "key" in page.changed
    assert "not a key of this version" in page.text
    assert "Keys of this version that the file does not have: mars.f_lim" in page.text


def test_equal_files_give_equal_pages(disk: Path, disk_page: Page) -> None:
    again = Page(report(disk))
    assert again.words == disk_page.words and again.images == disk_page.images


@pytest.mark.usefixtures("no_figures")
def test_the_command(disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    for _ in range(2):  # a report may be replaced
        with pytest.raises(SystemExit) as stop:
            main(["report", str(disk), "--to", str(page)])
        assert stop.value.code == 0
        assert capsys.readouterr() == (f"{page}\n", "")
    assert Page(page.read_text(encoding="utf-8")).sections == SECTIONS


@pytest.mark.usefixtures("no_figures")
def test_other_files_are_not_replaced(disk: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.html"
    notes.write_text("<html>my notes")
    with pytest.raises(InputError, match="exists already and is no report"):
        write_report(disk, notes)
    assert notes.read_text() == "<html>my notes"
    with pytest.raises(InputError, match="is a directory"):
        write_report(disk, tmp_path)
    with pytest.raises(InputError, match="there is no directory"):
        write_report(disk, notes / "page.html")


def test_wrong_files_are_refused(tmp_path: Path, disk: Path) -> None:
    target = tmp_path / "page.html"
    (tmp_path / "text.nc").write_text("hello")
    netCDF4.Dataset(tmp_path / "empty.nc", "w").close()
    lacking = tmp_path / "lacking.nc"
    lacking.write_bytes(disk.read_bytes())
    with netCDF4.Dataset(lacking, "a") as data:
        data.renameVariable("m_supply", "m_suply")
        data.sync()
    for name, message in (("text.nc", "cannot be read"), ("empty.nc", "is no output of marsdisk"),
                          ("none.nc", "there is no such file"), (".", "is a directory"),
                          ("lacking.nc", "m_supply")):
        with pytest.raises(InputError, match=message):
            write_report(tmp_path / name, target)
    assert not target.exists()


def test_markup() -> None:
    assert element("p", "a < b", Markup("<br>"), ["&", None], title='"') == (
        '<p title="&quot;">a &lt; b<br>&amp;</p>')
    assert element("br", class_=None) == "<br>"
    assert '<td class="n">1</td>' in table(("", "x"), [("a", "1")], numeric=(1,))
