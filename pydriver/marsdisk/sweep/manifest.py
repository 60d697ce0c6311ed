# SPDX-License-Identifier: BSD-3-Clause
"""The folder of a sweep, and the manifest that says what belongs into it.

The folder is self-contained: namelists of all members, copies of all input files, outputs, table.
The manifest says what was planned; how far each member is, its own files say.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING

from marsdisk.config.schema import Value
from marsdisk.errors import InputError, OutputError, Problem
from marsdisk.output.places import folder_for, why_not_writable

if TYPE_CHECKING:
    from marsdisk.sweep.plan import Plan

MANIFEST = "manifest.json"
MEMBERS, INPUTS = "members", "inputs"
TABLE_CSV, TABLE_NC = "results.csv", "results.nc"
_AGAIN = "plan the sweep again, with --force or in another folder"

FORMAT = 1
"""Version of the layout of the manifest [1]."""


@dataclass(frozen=True)
class AxisInfo:
    """What a manifest keeps of an axis: its keys, its length, whether it was sampled."""

    keys: tuple[str, ...]
    count: int
    sampled: bool


@dataclass(frozen=True)
class Member:
    """One run of a sweep.

    Parameters
    ----------
    index
        Number of the member, from 0.
    name
        Name of its files without the endings.
    values
        What varies, by ``group.key``.
    sha256
        Hash of its namelist.
    """

    index: int
    name: str
    values: Mapping[str, Value]
    sha256: str


@dataclass(frozen=True)
class Sweep:
    """A sweep in its folder.

    Parameters
    ----------
    folder
        Where it is.
    kind, name
        Kind of run, and name of the sweep.
    axes
        What varies together; the last axis varies fastest from member to member.
    scalars
        Columns of the table; empty = the default of the kind.
    members
        All members in order.
    base
        Path and hash of the namelist that is varied.
    inputs
        Path and hash of what each input file is a copy of, by the name of the copy.
    marsdisk_version
        Version that planned it.
    """

    folder: Path
    kind: str
    name: str
    axes: tuple[AxisInfo, ...]
    scalars: tuple[str, ...]
    members: tuple[Member, ...]
    base: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, str]]
    marsdisk_version: str

    def namelist(self, member: Member) -> Path:
        """Namelist of a member."""
        return self.folder / MEMBERS / f"{member.name}.nml"

    def output(self, member: Member) -> Path:
        """Output of a member."""
        return self.folder / MEMBERS / f"{member.name}.nc"

    def failure(self, member: Member) -> Path:
        """Note that says why a member failed."""
        return self.folder / MEMBERS / f"{member.name}.failed"

    @property
    def identity(self) -> str:
        """Hash of everything that the results depend on; input files are named by their hash."""
        return text_hash(json.dumps([[member.name, member.sha256] for member in self.members]))

    def describe(self) -> str:
        """The sweep in a few words."""
        keys = ", ".join(key for axis in self.axes for key in axis.keys)
        return f"{len(self.members)} runs of {self.name} over {keys}"


def text_hash(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_sweep(path: Path) -> bool:
    """Whether this is the folder of a sweep, or its table."""
    folder = path.parent if path.name == TABLE_NC and path.is_file() else path
    return (folder / MANIFEST).is_file()


def load(folder: Path) -> Sweep:
    """The sweep in a folder; see `verify`.

    Raises
    ------
    InputError
        There is none, or its manifest is not as it was written.
    """
    path = folder / MANIFEST
    if not folder.is_dir() or not path.is_file():
        what = "holds no sweep" if folder.is_dir() else "there is no such folder"
        raise InputError([Problem(str(folder), "", what, f"expected a folder with {MANIFEST}")])
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise InputError([Problem(str(path), "", "is that of another version of marsdisk")])
        identity = found.pop("identity")
        sweep = Sweep(
            folder,
            axes=tuple(AxisInfo(tuple(axis["keys"]), axis["count"], axis["sampled"])
                       for axis in found.pop("axes")),
            members=tuple(Member(k, member["name"], _values(member["values"]), member["sha256"])
                          for k, member in enumerate(found.pop("members"))),
            scalars=tuple(found.pop("scalars")),
            **found,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"cannot be read: {error}"
        raise InputError([Problem(str(path), "", what, _AGAIN)]) from error
    if sweep.identity != identity:
        raise InputError([Problem(str(path), "", "was changed", _AGAIN)])
    return sweep


def _values(values: Mapping[str, object]) -> dict[str, Value]:
    """Values as a namelist has them; JSON knows no tuples."""
    return {key: tuple(value) if isinstance(value, list) else value
            for key, value in values.items()}


def verify(sweep: Sweep, indices: Iterable[int] | None = None) -> Sweep:
    """The sweep, if the namelists of these members, or of all, are as they were written.

    Raises
    ------
    InputError
        One is not.
    """
    chosen = sweep.members if indices is None else [sweep.members[k] for k in indices]
    problems = list(_damages(sweep, chosen))
    if problems:
        raise InputError(problems)
    return sweep


def _damages(sweep: Sweep, members: Iterable[Member]) -> Iterator[Problem]:
    """Namelists that are not as they were written."""
    for member in members:
        path = sweep.namelist(member)
        try:
            same = text_hash(path.read_text(encoding="utf-8")) == member.sha256
        except (OSError, ValueError):
            same = False
        if not same:
            what = "has changed since the sweep was planned" if path.exists() else "is missing"
            yield Problem(str(path), "", what, _AGAIN)


def placed(sweep: Sweep, folder: Path) -> Sweep:
    """A sweep as it is, or will be, in a folder."""
    return changed(sweep, folder=folder)


def target_problems(sweep: Sweep, force: bool) -> Iterator[Problem]:
    """Why a planned sweep cannot go into its folder."""
    folder = sweep.folder
    beside = folder_for(folder)
    written = folder if is_sweep(folder) else beside  # a new one is made beside
    if folder.is_dir():
        if is_sweep(folder):
            try:
                other = verify(load(folder))
            except InputError as error:
                if not force:
                    yield from error.problems
                    return
                other = sweep
            if other.identity != sweep.identity and not force:
                yield Problem(str(folder), "", f"holds another sweep: {other.describe()}",
                              "choose another place with --output DIR, or replace it with --force")
        elif any(folder.iterdir()):
            yield Problem(str(folder), "", "is a folder with other things in it",
                          "expected a new folder for the sweep: --output DIR")
    elif folder.exists():
        yield Problem(str(folder), "", "is not a folder", "choose another with --output DIR")
    elif not beside.is_dir():
        yield Problem(str(folder), "", f"there is no directory '{beside}'",
                      "create it first")
    if written.is_dir() and (why := why_not_writable(written)):
        yield Problem(str(folder), "", f"'{written}' is not writable: {why}",
                      "choose another place with --output DIR")


def put(plan: Plan, folder: Path, force: bool) -> Sweep:
    """Bring a planned sweep into a folder, or find it there already.

    What is in the folder and belongs to the sweep stays; with `force`, what belongs to another
    sweep goes.

    Raises
    ------
    InputError
        The folder holds something else.
    OutputError
        It cannot be written.
    """
    folder = folder.resolve() if folder.is_symlink() else folder  # to scratch, say
    sweep = placed(plan.sweep, folder)
    problems = list(target_problems(sweep, force))
    if problems:
        raise InputError(problems)
    try:
        if is_sweep(folder):
            if force:
                _replace(plan, sweep)
            else:
                _write_manifest(sweep)  # the columns of the table may have changed
            return sweep
        folder.parent.mkdir(exist_ok=True)
        # All at once by a rename, so that a folder with a manifest is always complete.
        aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:12]}.part")
        aside.mkdir()
        try:
            _fill(plan, placed(sweep, aside))
            with contextlib.suppress(FileNotFoundError):
                folder.rmdir()  # an empty one
            os.rename(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        if is_sweep(folder) and load(folder).identity == sweep.identity:
            return sweep  # another process was faster
        raise OutputError(f"{folder} cannot be written: {error}") from error
    return sweep


def _fill(plan: Plan, sweep: Sweep) -> None:
    """Write input files and namelists, and the manifest last."""
    for name in (MEMBERS, INPUTS):
        if name == MEMBERS or plan.sources:
            (sweep.folder / name).mkdir(exist_ok=True)
    for name, source in plan.sources.items():
        shutil.copyfile(source, sweep.folder / INPUTS / name)
    for member, text in zip(sweep.members, plan.texts, strict=True):
        sweep.namelist(member).write_text(text, encoding="utf-8")
    _write_manifest(sweep)


def _replace(plan: Plan, sweep: Sweep) -> None:
    """Put a sweep where another one is; outputs of runs that are in both stay."""
    folder = sweep.folder
    stays = {sweep.namelist(member).name: text
             for member, text in zip(sweep.members, plan.texts, strict=True)}
    (folder / MANIFEST).unlink()
    for path in list((folder / MEMBERS).iterdir()) if (folder / MEMBERS).is_dir() else []:
        namelist = path.with_suffix(".nml")
        same = namelist.is_file() and namelist.read_text("utf-8") == stays.get(namelist.name)
        if not same and path != namelist:
            path.unlink()
    for path in (folder / MEMBERS).glob("*.nml"):
        if path.name not in stays:
            path.unlink()
    for name in (TABLE_CSV, TABLE_NC):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / INPUTS, ignore_errors=True)
    _fill(plan, sweep)


def _write_manifest(sweep: Sweep) -> None:
    from marsdisk.output.files import replaced  # netCDF and the core: slow to import

    members = [{"name": m.name, "sha256": m.sha256, "values": dict(m.values)}
               for m in sweep.members]
    content = {
        "format": FORMAT, "kind": sweep.kind, "name": sweep.name,
        "marsdisk_version": sweep.marsdisk_version, "base": dict(sweep.base),
        "inputs": {name: dict(file) for name, file in sweep.inputs.items()},
        "axes": [asdict(axis) for axis in sweep.axes], "scalars": list(sweep.scalars),
        "identity": sweep.identity, "members": members,
    }
    with replaced(sweep.folder / MANIFEST, new=False) as aside:
        Path(aside).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
