# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of wrong input share: a wrong namelist, and that it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from marsdisk.cli.main import main


@dataclass(frozen=True)
class Bad:
    """A wrong namelist: place and key the message must name, and the remedy in it."""

    text: str
    line: int
    key: str
    remedy: str
    overrides: tuple[str, ...] = ()

    def is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Run it: the message names place and key, and says what would be right."""
        Path("bad.nml").write_text(self.text, encoding="utf-8")
        options = [word for text in self.overrides for word in ("--set", text)]
        message = refused(capsys, "run", "bad.nml", *options)
        place = "command line: " if self.line < 0 else f"bad.nml:{self.line}: "
        if self.line == 0:
            place = "bad.nml: "
        lines = [line for line in message.splitlines() if line.startswith(place)]
        assert any(self.key in line and self.remedy in line for line in lines), message


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Message of a command that has to end with exit code 2 and write nothing."""
    before = sorted(Path.cwd().rglob("*"))
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    assert stop.value.code == 2, err
    assert out == ""
    assert "Traceback" not in err
    assert sorted(Path.cwd().rglob("*")) == before
    return err
