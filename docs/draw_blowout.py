# SPDX-License-Identifier: BSD-3-Clause
"""Draw docs/figures/blowout_orbits.png from the shipped table of `marsdisk prep blowout`."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from marsdisk.plots.style import GREY, TEMPERATURES, new_figure, save, style
from marsdisk.prep.blowout_table import read_blowout_table

FIGURE = Path(__file__).parent / "figures" / "blowout_orbits.png"
ECCENTRICITIES = (0.0, 0.1, 0.3, 0.5, 0.7)
EXITS = {1.0: "--", 2.0: "-"}


def main():
    table = read_blowout_table()
    colours = mpl.colormaps[TEMPERATURES](np.linspace(0.0, 0.9, len(ECCENTRICITIES)))
    exits = {x: int(np.abs(table.exit - x).argmin()) for x in EXITS}
    with style():
        figure = new_figure("Grains released along the orbit of a bound parent", 7.5)
        left, right = figure.subplots(1, 2)
        for e, colour in zip(ECCENTRICITIES, colours, strict=True):
            k = int(np.abs(table.e - e).argmin())
            beta = table.beta[k, 0]
            last = np.linspace(0.0, np.pi, 200)     # closed form: a line, the table: points
            left.plot(np.concatenate([[0.0], 0.5 * (1.0 - e * np.cos(last)), [1.0]]),
                      np.concatenate([[0.0], (last - e * np.sin(last)) / np.pi, [1.0]]),
                      color=colour, label=f"e = {e:g}")
            left.plot(beta, table.unbound[k, 0], ".", color=colour, markersize=4.0)
            for x, dashes in EXITS.items():
                chi = table.chi[k, 0, exits[x]]
                if chi.min() > 1e-6:
                    right.plot(beta, chi, dashes, color=colour)
        left.axvline(0.5, color=GREY, linewidth=0.7)
        left.set(xlim=(0.0, 1.0), ylim=(-0.02, 1.02), xlabel=r"$\beta$",
                 ylabel="unbound fraction of the released grains")
        left.legend(loc="upper left")
        right.axhline(1.0, color=GREY, linewidth=0.7)
        right.set(xscale="log", yscale="log", xlim=(0.15, 100.0), ylim=(0.03, 10.0),
                  xlabel=r"$\beta$", ylabel=r"$\chi$ = mean time in the disk $\times\ \Omega$")
        for x, dashes in EXITS.items():
            right.plot([], [], dashes, color=GREY,
                       label=f"gone at {table.exit[exits[x]]:g} $a(1+e)$")
        right.legend(loc="lower left")
        save(figure, FIGURE)


if __name__ == "__main__":
    main()
