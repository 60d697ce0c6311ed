# SPDX-License-Identifier: BSD-3-Clause
"""Read the output of a disk run and draw where the mass went.

    marsdisk-run namelists/standard.nml
    python docs/examples/read_and_plot.py output/standard.nc loss.png
"""

import argparse

import marsdisk
import matplotlib.pyplot as plt


def main(path: str, figure: str) -> None:
    run = marsdisk.open(path)
    print(run.summary)

    data = run.dataset  # xarray: named dimensions, units and meaning of every variable
    years = data.time[1:] / data.julian_year  # t = 0 has no place on a logarithmic axis
    in_mars = 1.0 / data.const_m_mars
    at_most = data.m_surface[0] + data.m_supply

    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    left.loglog(years, (at_most * in_mars)[1:], label="initial surface + supplied")
    left.loglog(years, (data.m_loss * in_mars)[1:], label=data.m_loss.long_name.split(":")[0])
    left.set_xlabel("time [yr]")
    left.set_ylabel("mass [M_Mars]")
    left.legend()

    # what is left on the surface, by size: number per bin times the mass of a grain
    sigma = (data.number * data.grain_mass).weighted(data.ring_area).mean("ring")
    for k in (1, len(data.time) // 2, -1):
        moment = float(data.time[k] / data.julian_year)
        right.loglog(data["size"], sigma[k], label=f"{moment:.2g} yr")
    right.set_xlabel("grain radius [m]")
    right.set_ylabel("surface density per bin [kg m-2]")
    right.set_ylim(bottom=1e-12)
    right.legend()

    fig.suptitle(f"{run.contents.name}: T_0 = {float(data.t_mars[0]):.0f} K, "
                 f"{run.config['rings']['n_ring']} rings")
    fig.savefig(figure, dpi=150)
    print(f"written to {figure}")


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("path", help="output of a disk run")
    words.add_argument("figure", help="PNG or PDF to write")
    main(**vars(words.parse_args()))
