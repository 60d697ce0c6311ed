# SPDX-License-Identifier: BSD-3-Clause
"""Call the physics directly: which grains leave, how hard they are, how fast they evaporate.

    python docs/examples/physics.py physics.png
"""

import argparse

import marsdisk
import matplotlib.pyplot as plt
import numpy as np

physics = marsdisk.physics
R_MARS = physics.constants()["r_mars"].value
YEAR = physics.constants()["year"].value


def main(figure: str) -> None:
    size = np.geomspace(1e-8, 1e-3, 400)  # [m]
    temperature = np.array([3000.0, 4000.0, 5000.0])  # of Mars [K]

    # arrays are broadcast: (400, 3)
    beta = physics.beta(size[:, None], temperature)

    print("grains are blown out from (s_blow_min) to (s_blow):")
    for kelvin, low, high in zip(temperature, physics.s_blow_min(temperature),
                                 physics.s_blow(temperature), strict=True):
        print(f"  {kelvin:.0f} K: {1e6 * low:.3f} to {1e6 * high:.2f} um")

    r = 1.85 * R_MARS
    speed = physics.collision_speed(r)
    print(f"at 1.85 R_Mars grains collide at {speed:.0f} m/s and leave within "
          f"{physics.blow_out_time(r) / 60:.0f} min once they are unbound")
    print(f"Q_D* of 1 um and 1 m there: {physics.q_d_star(1e-6, speed):.3g}, "
          f"{physics.q_d_star(1.0, speed):.3g} J/kg")
    print(f"Mars has cooled to {physics.t_mars(YEAR):.0f} K after a year, from 5000 K to "
          f"{physics.t_mars(YEAR, t0=5000.0):.0f} K")
    print(f"at 2000 K forsterite has a vapour pressure of {physics.p_sat(2000.0):.3f} Pa; a grain "
          f"of 1 um lives {1e-6 / physics.sublimation_rate(2000.0):.0f} s in vacuum")

    delta = physics.drag_coefficient_per_mass(c_d=1.0, radius=1e4, rho=1850.0)
    kepler = physics.circular_speed(physics.constants()["gm_mars"].value, 2e7)
    t_drag = physics.drag_time(physics.gas_density(2e7), delta, kepler)
    print(f"drag time of a body of 10 km at 20000 km from Mars: {t_drag / YEAR:.2f} yr; "
          f"the Hill radius is {physics.hill_radius() / 1e9:.3f} million km")

    fig, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    for kelvin, curve in zip(temperature, beta.T, strict=True):
        axis.loglog(size, curve, label=f"T_Mars = {kelvin:.0f} K")
    axis.axhline(0.5, color="black", linestyle=":", label="unbound above this")
    axis.set_xlabel("grain radius [m]")
    axis.set_ylabel("radiation pressure over gravity [1]")
    axis.set_ylim(1e-3, 100)
    axis.legend()
    fig.savefig(figure, dpi=150)
    print(f"written to {figure}")


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("figure", help="PNG or PDF to write")
    main(**vars(words.parse_args()))
