# SPDX-License-Identifier: BSD-3-Clause
"""Particles of namelists/tables/sph_particles.csv: a made-up disk after a made-up impact.

Numbers 0..1 come from a low-discrepancy sequence, u_j(k) = frac((k + 1/2)/g^j), j = 1..6, with
g^7 = g + 1. Particles have equal masses, 3.5e-5 M_Mars together; pericentres q = 0.9 + 0.8 u_1
[R_Mars], eccentricities e = 1.04 u_2, Rayleigh inclinations of scale 0.1 rad (u_3), and node,
argument of the pericentre and true anomaly spread evenly (u_4, u_5, u_6), the last to 150 deg of
either side.

    python tests/make_sph_particles.py > namelists/tables/sph_particles.csv
"""

from __future__ import annotations

import numpy as np

GM, R, M_MARS = 4.282837e13, 3389.5e3, 4.282837e13 / 6.67430e-11
COUNT = 1000


def particles() -> np.ndarray:
    """m [kg], x, y, z [km], vx, vy, vz [km s-1] (COUNT, 7)."""
    g = 1.0
    for _ in range(100):
        g = (1.0 + g) ** (1.0 / 7.0)
    k = np.arange(COUNT) + 0.5
    u = [(k / g**j) % 1.0 for j in range(1, 7)]
    q, e = (0.9 + 0.8 * u[0]) * R, 1.04 * u[1]
    i = 0.1 * np.sqrt(-2.0 * np.log(1.0 - u[2]))
    node, argument = 2.0 * np.pi * u[3], 2.0 * np.pi * u[4]
    anomaly = np.radians(150.0) * (2.0 * u[5] - 1.0)
    p = q * (1.0 + e)
    r, speed, angle = p / (1.0 + e * np.cos(anomaly)), np.sqrt(GM / p), argument + anomaly
    along = -np.sin(angle) - e * np.sin(argument), np.cos(angle) + e * np.cos(argument)
    plane = [(r * np.cos(angle), r * np.sin(angle)), (speed * along[0], speed * along[1])]
    rows = [np.full(COUNT, 3.5e-5 * M_MARS / COUNT)]
    for first, second in plane:
        rows += [np.cos(node) * first - np.sin(node) * np.cos(i) * second,
                 np.sin(node) * first + np.cos(node) * np.cos(i) * second, np.sin(i) * second]
    return np.stack([rows[0], *(row / 1.0e3 for row in rows[1:])], axis=1)


if __name__ == "__main__":
    print("m_kg,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s")
    for row in particles():
        print(f"{row[0]:.8e}," + ",".join(f"{x:.4f}" for x in row[1:4]) + ","
              + ",".join(f"{x:.7f}" for x in row[4:]))
