# SPDX-License-Identifier: BSD-3-Clause
"""Whatever stands in a namelist or a table, it is read or refused: no traceback, hang or file.

A thousand inputs, the same in every run; MARSDISK_FUZZ=10000 (`make fuzz`) tries that many, other
ones each time.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import pytest
from helpers import NAMELISTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marsdisk.config.read import read_namelist, read_text
from marsdisk.config.schema import KINDS, run_kind
from marsdisk.config.tables import TABLES, read_table
from marsdisk.config.write import write_namelist, write_template
from marsdisk.errors import InputError
from marsdisk.prep.optical import read_optical_constants
from marsdisk.prep.qpr import SHIPPED_TABLE, read_qpr_table

MANY = int(os.environ.get("MARSDISK_FUZZ", "0"))

PATIENCE = 10.0
"""What takes longer hangs; the slowest example took 0.3 s on a busy machine [s]."""

HERE = NAMELISTS / "test.nml"
"""Where the texts are read as if they stood: beside the tables of the examples."""


def fuzz(share: float) -> settings:
    """Settings of a test that tries this share of all inputs."""
    return settings(max_examples=math.ceil(share * (MANY or 1000)), derandomize=not MANY,
                    deadline=None, suppress_health_check=list(HealthCheck))


@contextlib.contextmanager
def refused_at_most() -> Iterator[None]:
    """What is done in the block ends soon, well or with messages that can be printed."""

    def hangs(_number: int, _frame: object) -> None:
        raise TimeoutError("this example hangs")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    except InputError as error:
        assert error.problems
        assert str(error).encode("utf-8", "backslashreplace")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


SEEDS = [path.read_text() for path in sorted(NAMELISTS.glob("*.nml"))]
SEEDS += [write_template(kind) for kind in KINDS]
NAMES = [name for kind in KINDS for group in run_kind(kind).groups
         for name in (group.name, *(key.name for key in group.keys))]
NUMBERS = ["0", "-0.", "1", "-1", ".5", "5.", "1e308", "1d-300", "5e-324", "1e999", "-1e999", "nan",
           "inf", "-Infinity", "0x10", "1_8", "1.5.2", "9" * 20, "9" * 400, "2147483648", "1e15",
           "3*1.0", "1,2,3", "0.,1.,1", "1.,-1.,1e9", "0,0,0", "1e-3, 1e3, 1e9", "1e-300, 1e300, 3",
           "\u0663", "\uff11", "+", "-", "1e", "T"]
TEXTS = ["''", "'a'", "'" + "a" * 300 + "'", "'" + "a/" * 200 + "'", "'.'", "'/'", "'/dev/null'",
         "'tables/mars_cooling.csv'", "'tables'", "'a\"b'", "'a''b'", "'disk'", "'capture'",
         "'table'", "'\u00e9'", "'unclosed"]
PIECES = [*"&$/=,()%*!'\";:\n\r\t #\0\x0b\x0c\x1c\x85\u2028\ufeff\u3000", "&end", "$end", "\r\n",
          "/\n&", "&run", "&start", "kind", "a%b=", "a(1)=", "a(1:2)=", ".true.", ".f.", "= =",
          "! "]
PIECE = st.one_of(st.sampled_from(PIECES), st.sampled_from(NUMBERS), st.sampled_from(TEXTS),
                  st.sampled_from(NAMES), st.text(max_size=6))

EDIT = st.tuples(st.sampled_from(["cut", "put", "twice", "swap", "number", "name", "text"]),
                 st.floats(0.0, 1.0), st.integers(1, 300), PIECE)
"""How, where as a share of the text, how much, and what."""

FOUND = {"number": re.compile(r"[-+]?\d[\d.eEdD+-]*"), "name": re.compile(r"[A-Za-z_]\w*"),
         "text": re.compile(r"'[^'\n]*'")}


def edited(text: str, edits: list[tuple[str, float, int, str]]) -> str:
    """A text after some edits."""
    for how, share, length, piece in edits:
        at = int(share * len(text))
        end = at + length
        match how:
            case "cut":
                text = text[:at] + text[end:]
            case "put":
                text = text[:at] + piece + text[at:]
            case "twice":
                text = text[:end] + text[at:]
            case "swap":
                text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
            case _:  # the next number, name or text becomes the piece
                found = FOUND[how].search(text, at)
                if found:
                    text = text[: found.start()] + piece + text[found.end() :]
    return text


DAMAGED = st.builds(edited, st.sampled_from(SEEDS), st.lists(EDIT, min_size=1, max_size=8))


def read_back(text: str, *overrides: str) -> None:
    """Read a text; what is read is the same when it is written and read again."""
    config = read_text(text, HERE, overrides)
    assert read_text(write_namelist(config), HERE).groups == config.groups


@fuzz(0.25)
@given(st.one_of(st.lists(PIECE, max_size=40).map("".join), st.text(max_size=80)))
def test_any_text(text: str) -> None:
    with refused_at_most():
        read_back(text)


@fuzz(0.3)
@given(DAMAGED)
def test_damaged_namelists(text: str) -> None:
    with refused_at_most():
        read_back(text)


@fuzz(0.1)
@given(st.sampled_from(list(KINDS)), st.sampled_from(NAMES), st.sampled_from(NAMES), PIECE)
def test_any_override(kind: str, group: str, key: str, value: str) -> None:
    names = [name for name in run_kind(kind).names() if name.endswith(f".{key}")]
    with refused_at_most():
        read_back(f"&run kind='{kind}' /", f"{(names or [f'{group}.{key}'])[0]}={value}")


@fuzz(0.05)
@given(st.binary(max_size=300), DAMAGED, st.floats(0.0, 1.0))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, text: str,
                   share: float) -> None:
    path = tmp_path_factory.getbasetemp() / "any.nml"
    whole = text.encode("utf-8", "surrogatepass")
    at = int(share * len(whole))
    for content in (data, whole[:at] + data + whole[at:]):
        path.write_bytes(content)
        with refused_at_most():
            read_namelist(path)


SOUND = {
    "temperature": "# cooling\ntime_yr, temperature_K\n0 4000\n1.0, 3200.0\n2 2000\n",
    "eccentricity": "r_RMars e\n1 0.1\n2 0.3\n3 .5\n",
    "phi": "tau phi\n0 1\n1 .5\n10 .1\n",
    "psd": "size_um dm_dlns\n0.1 1\n1 2\n1e6 3\n",
    "rate": "time_d r_RMars rate_kg_m2_s\n0 1 1\n0 3 1\n9 1 1\n9 3 2\n",
    "psat": "temperature_K p_sat_Pa\n500 1e-5\n3000 10\n",
    "sigma": "r_RMars sigma_kg_m2\n1 3\n2 4\n",
    "entries": "u_AU_yr v_AU_yr w_AU_yr tau_gas_yr t_gas_yr\n.01 .02 0 1 0\n.02 .03 0 1 1\n",
    "optical": "# um n k\n0.1 1.5 0.1\n1 1.6 0.01\n10 1.7 0.2\n100 1.8 .3\n1000 2 .1\n",
}
"""A table of every kind that is right."""


def test_every_kind_of_table_is_tried() -> None:
    assert set(SOUND) == {*TABLES, "optical"}


@fuzz(0.25)
@given(st.sampled_from(list(SOUND)), st.sampled_from(list(SOUND)), st.booleans(),
       st.lists(EDIT, max_size=6), st.binary(max_size=8))
def test_any_table(tmp_path_factory: pytest.TempPathFactory, kind: str, other: str, own: bool,
                   edits: list[tuple[str, float, int, str]], tail: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    text = edited(SOUND[kind if own else other], [(how, share, length % 30, piece)
                                                  for how, share, length, piece in edits])
    path.write_bytes(text.encode("utf-8", "surrogatepass") + tail)
    with refused_at_most():
        if kind == "optical":
            read_optical_constants(path)
        else:
            read_table(kind, path)


AXES = st.one_of(
    st.lists(st.floats(width=32), max_size=4),
    st.integers(0, 5).map(lambda n: [10.0**k for k in range(n)]),
)
"""Values of an axis: any, or as they should be."""
Q_PR_VARIABLE = st.tuples(
    st.sampled_from(["f8", "f4", "i4", "u1", "S1", "str"]),
    st.sampled_from([(), ("size",), ("temperature",), ("size", "temperature"),
                     ("temperature", "size")]),
    st.sampled_from([None, "", "m", "um", "K", "1", 1]),
)
"""Type, dimensions and units."""
RIGHT = {"size": ("f8", ("size",), "m"), "temperature": ("f8", ("temperature",), "K"),
         **{name: ("f4", ("size", "temperature"), "1") for name in ("q_pr", "q_ext", "q_abs")}}


@fuzz(0.04)
@given(AXES, AXES, st.dictionaries(st.sampled_from(list(RIGHT)), st.none() | Q_PR_VARIABLE,
                                   max_size=2),
       st.floats(width=32), st.floats(0.0, 1.0), st.booleans())
def test_any_table_of_efficiencies(
    tmp_path_factory: pytest.TempPathFactory, size: list[float], temperature: list[float],
    wrong: dict[str, tuple[str, tuple[str, ...], object] | None], value: float, share: float,
    cut: bool,
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.nc"
    with netCDF4.Dataset(path, "w") as data:
        axes = {"size": size, "temperature": temperature}
        for name, values in axes.items():
            data.createDimension(name, len(values) or None)
        for name, found in (RIGHT | wrong).items():
            if found is None:
                continue
            kind, dimensions, units = found
            variable = data.createVariable(name, str if kind == "str" else kind, dimensions)
            if units is not None:
                variable.units = units
            if kind[0] == "f" and len(dimensions) == 1:
                variable[:] = axes[dimensions[0]]
            elif kind[0] == "f":
                variable[...] = value
    if cut:
        os.truncate(path, int(share * path.stat().st_size))
    with refused_at_most():
        read_qpr_table(path)


def test_a_damaged_table_of_efficiencies(tmp_path: Path) -> None:
    """What netCDF finds out only when it unpacks the numbers."""
    path = tmp_path / "damaged.nc"
    content = SHIPPED_TABLE.read_bytes()
    path.write_bytes(content.replace(b"\x78\xda", b"\x00\x00"))  # the beginning of a packed block
    with pytest.raises(InputError, match="not a netCDF file, or a damaged one"):
        read_qpr_table(path)


@fuzz(0.01)
@given(st.one_of(DAMAGED, st.lists(PIECE, max_size=10).map("".join)))
def test_the_command_refuses_or_runs_and_writes_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("command")
    namelist, output = folder / "any.nml", folder / "any.nc"
    namelist.write_bytes(text.encode("utf-8", "surrogatepass"))
    (folder / "tables").symlink_to(NAMELISTS / "tables")
    before = set(folder.iterdir())
    script = "from marsdisk.cli.main import run_main; run_main()"
    done = subprocess.run(
        [sys.executable, "-c", script, namelist, "--output", output, "--wall", "0.05"],
        cwd=folder, capture_output=True, timeout=60, check=False)
    err = done.stderr.decode()
    assert done.returncode in (0, 2, 3), (done.returncode, err)
    assert "Traceback" not in err and "internal error" not in err
    assert set(folder.iterdir()) - before == ({output} if done.returncode != 2 else set())
