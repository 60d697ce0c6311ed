# SPDX-License-Identifier: BSD-3-Clause
"""Where output lands, and whether it can be written there: known before hours of computing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

DEFAULT_FOLDER = Path("output")
"""Where runs and sweeps land that do not say where; made if it is missing."""


def folder_for(path: Path) -> Path:
    """The folder that has to be there for `path` to be written."""
    missing = path.parent == DEFAULT_FOLDER and not path.parent.exists()
    return path.parent.parent if missing else path.parent


def why_not_writable(folder: Path) -> str:
    """Why no file can be made in a folder; empty when one can.

    It is tried: a file system may refuse what the permissions allow, and root whatever they say.
    """
    try:
        handle, path = tempfile.mkstemp(dir=folder, prefix=".marsdisk-", suffix=".part")
    except OSError as error:
        return error.strerror or str(error)
    os.close(handle)
    os.unlink(path)
    return ""
