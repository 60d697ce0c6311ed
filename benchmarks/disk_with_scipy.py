# SPDX-License-Identifier: BSD-3-Clause
"""SciPy's stiff solvers on the equations of the disk, with the compiled rates and Jacobian."""

from __future__ import annotations

import numpy as np
from disk_problem import Answer, Solver, loss
from marsdisk.core import DiskCore
from scipy.integrate import odeint, solve_ivp

LINES = ("deep", "vapour", "blown", "escaped", "below")
"""Rows behind the bins that are needed for the mass that is lost."""

ATOL = 1e-2
"""Absolute tolerance over the relative one, in units of the initial surface, as in the core."""


class Problem:
    """Bins, layers and ledger lines of the loss of one ring; the other lines are left out."""

    def __init__(self, core: DiskCore) -> None:
        self.core = core
        self.n = core.n_bin + len(LINES)
        self.start = core.start().y[: self.n, 0]
        self.full = np.zeros(core.n_state)
        self.square = np.zeros((self.n, self.n))

    def rates(self, t: float, y: np.ndarray) -> np.ndarray:
        self.full[: self.n] = y
        return self.core.rates(0, t, self.full)[: self.n]

    def jacobian(self, t: float, y: np.ndarray) -> np.ndarray:
        self.full[: self.n] = y
        jac = self.core.jacobian(0, t, self.full)
        self.square[:, : jac.shape[1]] = jac[: self.n]
        return self.square

    def answer(self, y: np.ndarray, steps: int, rates: int) -> Answer:
        self.full[: self.n] = y
        return Answer(y[: self.core.n_bin], loss(self.core, self.full), steps, rates)

    def ivp(self, method: str, rtol: float) -> Solver:
        """`solve_ivp` with one of its methods."""
        def solve(t_end: float) -> Answer:
            found = solve_ivp(self.rates, (0.0, t_end), self.start, method, rtol=rtol,
                              atol=ATOL * rtol * self.core.sigma0, jac=self.jacobian)
            return self.answer(found.y[:, -1], found.t.size - 1, found.nfev)
        return solve

    def odeint(self, rtol: float) -> Solver:
        """LSODA with its loop over steps in compiled code as well."""
        def solve(t_end: float) -> Answer:
            y, info = odeint(self.rates, self.start, [0.0, t_end], Dfun=self.jacobian,
                             tfirst=True, rtol=rtol, atol=ATOL * rtol * self.core.sigma0,
                             full_output=True, mxstep=10**6)
            return self.answer(y[-1], int(info["nst"][-1]), int(info["nfe"][-1]))
        return solve
