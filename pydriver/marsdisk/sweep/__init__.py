# SPDX-License-Identifier: BSD-3-Clause
"""Sweeps: many runs of one namelist with some keys varied, here or as a job array of Slurm."""
