# SPDX-License-Identifier: BSD-3-Clause
"""REBOUND's IAS15 in the race, with the force and the loop over cases in C."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import rebound
from capture_problem import STANDARD, Answer, Entrant, Solver

SOURCE = Path(__file__).with_name("rebound_drag.c")
DOUBLES = ctypes.POINTER(ctypes.c_double)


@cache
def library() -> ctypes.CDLL:
    """The C code, compiled and linked with the library of REBOUND's wheel."""
    home = Path(rebound.__file__).parents[1]
    shared = next(home.glob("librebound*.so"))
    made = Path(tempfile.mkdtemp()) / "rebound_drag.so"
    subprocess.run(
        ["gcc", "-O3", "-march=native", "-shared", "-fPIC", f"-I{home / 'src'}", "-o", made, SOURCE,
         shared, f"-Wl,-rpath,{home}", "-lm"], check=True)
    return ctypes.CDLL(str(made))


def with_ias15(epsilon: float) -> Solver:
    """IAS15 with a precision parameter."""
    call, p = library().solve, STANDARD
    call.argtypes = [DOUBLES, ctypes.c_double, ctypes.c_double, ctypes.c_int] + [DOUBLES] * 3
    call.restype = None
    constants = np.array([p.gm, p.w, p.k, p.h, p.r_fall, p.x_start])

    def pointer(a: np.ndarray) -> ctypes.Array:
        return a.ctypes.data_as(DOUBLES)

    def solve(velocity: np.ndarray) -> Answer:
        u, v = np.ascontiguousarray(velocity[0]), np.ascontiguousarray(velocity[1])
        out = np.empty((u.size, 7))
        call(pointer(constants), p.t_max, epsilon, u.size, pointer(u), pointer(v), pointer(out))
        return Answer(out[:, 0], out[:, 1:5].T, out[:, 5] > 0, out[:, 6].astype(np.int64))
    return solve


def entrants() -> list[Entrant]:
    """IAS15."""
    return [Entrant("REBOUND IAS15", with_ias15, (1e-7, 3e-8, 1e-8, 1e-9), repeats=2)]
