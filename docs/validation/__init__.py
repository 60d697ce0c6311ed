# SPDX-License-Identifier: BSD-3-Clause
"""What makes docs/validation.md: one module per section, and what they share."""
