# SPDX-License-Identifier: BSD-3-Clause
"""Efficiencies of a homogeneous sphere of any size: Mie theory, then geometric optics.

Up to the size parameter `X_MIE` the Mie series is summed by miepython. Beyond it the sphere is
taken from geometric optics: Fresnel reflection and refraction with absorption along all internal
chords, the infinite series of internal reflections summed in closed form, and the diffraction
peak, which goes straight on (van de Hulst 1957, ch. 12; Bohren & Huffman 1983, ch. 7). What
the edge of the sphere adds decays slowly; its size is measured with Mie theory below `X_MIE` and
carried on with the power of x that it is known to have, so that there is no jump.
"""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType

import numpy as np

X_MIE = 1000.0
"""Largest size parameter x = 2 pi s/lambda [1] that is computed with Mie theory."""

_WINDOW = np.geomspace(0.7, 1.0, 16)
"""Fractions of `X_MIE` [1] over which the edge term is averaged, some ten ripples."""

_EDGE_EXT = 2.0 / 3.0
"""Decay of Q_ext - 2 with x (1.9924 x**(-2/3); Nussenzveig & Wiscombe 1980)."""

_EDGE_ABS_PR = 5.0 / 6.0
"""Decay of Q_abs, Q_pr minus geometric optics: an empirical compromise, what Mie theory shows lies
between -2/3 and -1. Averaged over the ripple, Q_pr and Q_abs at x >= 3e3 are then good to 6e-4 and
Q_ext to 1.3e-3; 2e-3 for n < 1, where rays next to total reflection are poorly described."""

_OPAQUE = 100.0
"""Product k x [1] beyond which a sphere is opaque in double precision, grazing rays included."""


@cache
def _miepython() -> ModuleType:
    # miepython picks its backend when it is first imported; compiled is a hundred times faster.
    os.environ.setdefault("MIEPYTHON_USE_JIT", "1")
    import miepython

    return miepython


def miepython_version() -> str:
    """Version of the Mie code."""
    return str(_miepython().__version__)


@cache
def _angles() -> tuple[np.ndarray, np.ndarray]:
    """Cosines of incidence and weights of the cross-section, 2 mu dmu on (0, 1) (sum = 1)."""
    node, weight = np.polynomial.legendre.leggauss(48)
    mu = 0.5 * (node + 1.0)
    return mu, weight * mu


def mie(index: complex, x: np.ndarray) -> np.ndarray:
    """Efficiencies from the Mie series.

    Parameters
    ----------
    index
        Refractive index n + ik [1].
    x
        Size parameters [1].

    Returns
    -------
    ndarray
        Rows Q_pr, Q_ext, Q_abs [1] (3, x).
    """
    if x.size == 0:
        return np.empty((3, 0))
    q_ext, q_sca, _, g = _miepython().efficiencies_mx(np.conj(index), x)
    return np.stack((q_ext - g * q_sca, q_ext, np.maximum(q_ext - q_sca, 0.0)))


def geometric_optics(index: complex, x: np.ndarray) -> np.ndarray:
    """Efficiencies of a large sphere, without the edge.

    A ray that enters at the angle of incidence i is refracted to the angle t, keeps the fraction
    `passed` on each chord and meets the reflectance R of its polarisation every time. Its
    deflections are pi - 2i (reflected), then 2(i - t) + p (pi - 2t) after p internal reflections;
    intensities times exp(i deflection) are a geometric series.

    Parameters
    ----------
    index
        Refractive index n + ik [1].
    x
        Size parameters [1].

    Returns
    -------
    ndarray
        Rows Q_pr, Q_ext, Q_abs [1] (3, x).
    """
    mu, weight = _angles()
    sine = np.sqrt(1.0 - mu**2)
    normal = np.sqrt(index**2 - sine**2)  # component of the index along the inward normal
    inside = (normal.real + 1j * sine) / np.hypot(normal.real, sine)  # exp(i t)
    outside = mu + 1j * sine  # exp(i incidence)
    depth = 4.0 * normal.imag * inside.real**2  # optical depth of a chord per unit x
    passed = np.exp(-np.outer(x, depth))
    q_abs = np.zeros(x.size)
    forward = np.zeros(x.size)  # momentum kept by the light that leaves, rays only
    for reflectance in (
        np.abs((mu - normal) / (mu + normal)) ** 2,
        np.abs((index**2 * mu - normal) / (index**2 * mu + normal)) ** 2,
    ):
        reflectance = np.minimum(reflectance, 1.0 - 1.0e-12)  # total reflection: no 0/0
        share = 0.5 * weight  # unpolarised light
        entered = 1.0 - reflectance
        q_abs += (entered * (1.0 - passed) / (1.0 - reflectance * passed)) @ share
        series = passed * (entered * outside / inside) ** 2
        series /= 1.0 + reflectance * passed * inside**-2
        forward += (series.real - reflectance * (outside**2).real) @ share
    return np.stack((1.0 - forward, np.full(x.size, 2.0), q_abs))


def efficiencies(index: complex, x: np.ndarray) -> np.ndarray:
    """Efficiencies of a sphere of any size.

    Parameters
    ----------
    index
        Refractive index n + ik [1].
    x
        Size parameters 2 pi s/lambda [1].

    Returns
    -------
    ndarray
        Rows Q_pr, Q_ext, Q_abs [1] (3, x).
    """
    small = x <= X_MIE
    q = np.empty((3, x.size))
    q[:, small] = mie(index, x[small])
    large = x[~small]
    if large.size:
        decay = np.array([[_EDGE_ABS_PR], [_EDGE_EXT], [_EDGE_ABS_PR]])
        window = X_MIE * _WINDOW
        excess = mie(index, window) - geometric_optics(index, window)
        edge = (excess * _WINDOW**decay).mean(axis=1, keepdims=True)
        # All opaque spheres are alike but for the edge: one evaluation serves them.
        opaque = np.inf if index.imag == 0.0 else max(X_MIE, _OPAQUE / index.imag)
        distinct, back = np.unique(np.minimum(large, opaque), return_inverse=True)
        q[:, ~small] = geometric_optics(index, distinct)[:, back]
        q[:, ~small] += edge * (large / X_MIE) ** -decay
        q[2] = np.maximum(q[2], 0.0)
    return q
