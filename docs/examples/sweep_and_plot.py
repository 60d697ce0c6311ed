# SPDX-License-Identifier: BSD-3-Clause
"""Vary two keys, and draw what the loss does.

    python docs/examples/sweep_and_plot.py namelists/quick.nml loss_sweep sweep.png

The folder keeps the members: a second call only draws. `marsdisk sweep` does the same, and brings
the members to a cluster.
"""

import argparse

import marsdisk
import matplotlib.pyplot as plt
import numpy as np

KELVIN = [3000.0, 3500.0, 4000.0, 4500.0, 5000.0]
OPACITIES = ["planck", "geometric"]


def main(namelist: str, folder: str, figure: str) -> None:
    sweep = marsdisk.run_sweep(namelist, {"mars.t0": KELVIN, "radiation.opacity": OPACITIES},
                                folder)
    table = sweep.dataset  # one row per member: what varies and what came out
    columns = ["mars_t0", "radiation_opacity", "m_loss_mars", "t99_yr"]
    print(table[columns].to_dataframe().to_string())

    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for opacity in OPACITIES:
        rows = table.where(table.radiation_opacity == opacity, drop=True)
        left.plot(rows.mars_t0, rows.m_loss_mars, marker="o", label=f"{opacity} opacity")
    left.set_xlabel("temperature of Mars at the start [K]")
    left.set_ylabel("mass lost [M_Mars]")
    left.set_ylim(bottom=0.0)
    left.legend()

    # the members themselves are runs like any other
    runs = [run for run in sweep.runs if run.config["radiation"]["opacity"] == OPACITIES[0]]
    colours = plt.cm.viridis(np.linspace(0.0, 0.9, len(runs)))
    for run, colour in zip(runs, colours, strict=True):
        data = run.dataset
        right.plot(data.time / data.julian_year, data.m_loss / data.const_m_mars, color=colour,
                   label=f"{run.config['mars']['t0']:.0f} K")
    right.set_xlabel("time [yr]")
    right.set_ylabel("mass lost so far [M_Mars]")
    right.legend()
    fig.savefig(figure, dpi=150)
    print(f"written to {figure}")


if __name__ == "__main__":  # the processes of the sweep import this file
    words = argparse.ArgumentParser()
    words.add_argument("namelist", help="of a disk run")
    words.add_argument("folder", help="of the sweep, made if it is not there")
    words.add_argument("figure", help="PNG or PDF to write")
    main(**vars(words.parse_args()))
