# SPDX-License-Identifier: BSD-3-Clause
"""Everything a namelist may contain is documented, and `describe` shows it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers import NAMELISTS, examples
from marsdisk.cli.main import main
from marsdisk.config.read import read_namelist
from marsdisk.config.schema import KINDS, Check, Key, Value, Values, run_kind, show
from marsdisk.config.tables import TABLES, Table
from marsdisk.config.values import check_value

DISK = run_kind("disk")

# Names and defaults that users' scripts rely on.
DISK_CONTRACT = """
&run         kind='disk'  name='standard'  output=''
&rings       r_in=1.0 r_out=2.7  n_ring=32  spacing='linear'
&mars        driver='slab'  t0=4000.0  layer_depth=1.0e5  layer_rho=3000. layer_cp=1000.
             t_floor=0.  t_hot=6000. f_hot=0.1 t_bg=1000.  table=''  f_lim=0.0
&grains      rho=3270.  s_min=1.0e-7 s_max=3.0  n_bin=40  psd='melt_lognormal'  psd_slope=3.5
             s_meter=1.5  s_fine=1e-7  f_fine=0.03 width_dex=0.3  psd_table=''  drop_unbound=.true.
&surface     tau0=1.0  sigma0=0.0  f_los=1.0  tau_stop=0.0
&radiation   qpr_mode='table'  qpr=1.0  qpr_table=''  blowout=.true.  chi=1.0  chi_mode='const'
             exposure='column'  opacity='planck'  phi_table=''
&collisions  fragmentation=.true.  law='two_body'  velocity='rayleigh'
             e_profile='mars_pericenter'  e=0.5  i=0.05  h_factor=0.7071  q_frag=3.5
             fragment_weights='number'  bottom='floor'  s_floor='grid'  qd_set='ba99'
             qd_velocity='gravity'  v_fixed=0.0
&supply      mode='const'  mu=1.0  f_orb=0.05  tau_ref=1.0  source='deep'  weights='initial'
             eps_mix=1.0  t_mix=0.  amplitude=0. index=0.  slope=3.5  t_settle=0.  table=''
&deep        m_in=3.0e-5  slope=0.0  table=''
&sublimation active=.false.  material='forsterite'  alpha=0.1  vapour='reservoir'  p_gas=0.0
             escape='none'  t_escape=0.0 vapour0='none'  gas_drag=.true.  s_nuc=1.0e-7
             t_grain='grey'  q_abs=1.0  liquid_breaks=.true.
&transport   pr_drag=.false.  viscosity='none'  nu=0.0
&stop        t_end=0.0  t_mars_end=2000.0  mdot_min=0.0  t_min=2.0
&numerics    rtol=1.0e-4  atol=0.0  method='rodas4'
&output      n_out=200  spacing='log'  psd=.true.  checkpoint=60.
"""
CAPTURE_CONTRACT = """
&run         kind='capture'  name='capture'  output=''
&planet      mode='hill'  gm=4.282837e13  radius=3389.92  a_sun=1.523679  omega=0.0
&body        radius=10.0  rho=1850.  c_d=1.0
&atmosphere  model='exponential'  rho_ref=4.9e-3  r_ref=20000.  scale_height=12000.  gas='static'
             gas_fraction=0.0  tilt=0.0  tau_gas=0.0  t_gas=0.0
&start       point='L1'  x=0.0 y=0.0 z=0.0  u=0.01,0.10,10  v=-0.10,0.10,21  w=0.0,0.0,1  table=''
&stop        t_max=8.0  e_captured=0.9
&numerics    method='taylor'  rtol=1.0e-12  dt=1.0e-5
&output      trajectories=.false.  n_sample=2000
"""
CONTRACTS = {"disk": DISK_CONTRACT, "capture": CAPTURE_CONTRACT}
DISK_ADDED = {
    "collisions.e_table", "collisions.gamma", "collisions.eta", "collisions.q_s",
    "collisions.b_g", "collisions.a_s", "collisions.a_g", "sublimation.psat_a",
    "sublimation.psat_table",
    "sublimation.psat_b", "sublimation.mu", "sublimation.mu_vapour", "sublimation.t_solidus",
    "sublimation.t_liquidus", "handover.t_end", "transport.alpha", "transport.instability",
    "transport.t_photosphere", "transport.step", "radiation.chi_table",
}  # fmt: skip
CAPTURE_ADDED = {
    "body.c_h", "body.zeta", "atmosphere.node", "atmosphere.decay", "atmosphere.temperature",
    "atmosphere.mu", "radiation.beta_planet", "radiation.beta_sun", "start.n_random",
    "start.seed", "start.tau_gas", "start.t_gas", "start.gas_spacing", "stop.elements",
    "numerics.order", "numerics.step", "tides.active", "tides.k2_over_q", "tides.rotation",
    "tides.k2_over_q_body", "tides.age", "tides.tolerance", "tides.e_max",
    "output.checkpoint",
}  # fmt: skip
ADDED = {"disk": DISK_ADDED, "capture": CAPTURE_ADDED}


def contract(kind: str) -> dict[str, str]:
    """Default, as written, of every ``group.key`` of the contract."""
    defaults, group = {}, ""
    for word in CONTRACTS[kind].split():
        if word.startswith("&"):
            group = word[1:]
        else:
            key, _, default = word.partition("=")
            defaults[f"{group}.{key}"] = default
    return defaults


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Output of a command that has to succeed."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_those_of_the_contract(kind: str) -> None:
    assert set(run_kind(kind).names()) == set(contract(kind)) | ADDED[kind]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS
                                            for name in contract(kind)])
def test_defaults_are_those_of_the_contract(kind: str, name: str) -> None:
    written, default = contract(kind)[name], run_kind(kind).key(name).default
    if isinstance(default, (str, bool)):
        assert show(default) == written
    elif isinstance(default, tuple):
        assert tuple(map(float, written.split(","))) == default
    else:
        assert type(default)(written) == default


ALL = [(kind, name) for kind in KINDS for name in run_kind(kind).names()]


@pytest.mark.parametrize(("kind", "name"), ALL, ids=[f"{kind}-{name}" for kind, name in ALL])
def test_every_key_is_documented(
    kind: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = run_kind(kind).key(name)
    assert key.unit and key.help.endswith(".") and len(key.help) > 15
    assert (key.unit == "-") == (key.type in ("text", "file", "logical"))
    text = run(capsys, "describe", name, "--kind", kind)
    assert text.startswith(f"{name}\n")
    for row in ("type", "unit", "default", "meaning"):
        assert f"\n  {row}" in text
    assert show(key.default).split(",")[0] in text
    assert all(choice in text for choice in key.choices)


@pytest.mark.parametrize(("kind", "name"), ALL, ids=[f"{kind}-{name}" for kind, name in ALL])
def test_schema_is_consistent(kind: str, name: str) -> None:
    key: Key = run_kind(kind).key(name)
    assert check_value(key, key.default) == key.default
    assert not set(key.choices) & set(key.later)
    assert bool(key.choices) <= (key.type == "text")
    assert bool(key.within) == (key.type in ("integer", "real", "reals"))
    assert not key.table or key.table in TABLES
    for when in key.when:
        other = run_kind(kind).key(when.key)
        assert all(check_value(other, value) == value for value in when.values)


CHECKS = [(kind, check) for kind in KINDS for check in run_kind(kind).checks]
CHECK_IDS = [f"{kind}-{check.find.__name__}" for kind, check in CHECKS]


@pytest.mark.parametrize(("kind", "check"), CHECKS, ids=CHECK_IDS)
def test_checks_name_keys_that_exist(kind: str, check: Check) -> None:
    assert all(run_kind(kind).key(name) for name in check.keys)


class Recorded(Values):
    """Values that remember which keys were looked at."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.seen: set[str] = set()

    def __call__(self, name: str) -> Value:
        self.seen.add(name)
        return super().__call__(name)

    def table(self, name: str) -> Table | None:
        self.seen.add(name)
        return super().table(name)

    def given(self, name: str) -> bool:
        self.seen.add(name)
        return super().given(name)


@pytest.mark.parametrize(("kind", "check"), CHECKS, ids=CHECK_IDS)
def test_checks_look_only_at_keys_they_declare(kind: str, check: Check) -> None:
    # Else a check would run on the default of a key whose value was refused.
    for name in examples(kind):
        config = read_namelist(NAMELISTS / f"{name}.nml")
        values = Recorded(config.groups, config.tables, frozenset(run_kind(kind).names()))
        assert list(check.find(values)) == [] or not check.fatal
        assert values.seen <= set(check.keys)


def test_group(capsys: pytest.CaptureFixture[str]) -> None:
    text = run(capsys, "describe", "mars")
    assert all(f"mars.{key.name}\n" in text for key in DISK.group("mars").keys)


def test_overview_lists_everything(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "describe").splitlines()
    assert len([line for line in lines if line.startswith("  ")]) == len(DISK.names())
    assert max(map(len, lines)) <= 100


def test_a_name_is_found_in_the_kind_that_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "describe", "atmosphere.gas").startswith("atmosphere.gas\n")
    both = run(capsys, "describe", "output.checkpoint")
    assert "--kind capture shows another" in both
    assert "shows another" not in run(capsys, "describe", "output.checkpoint", "--kind", "disk")
    for wrong, right in (("rho_ref", "atmosphere.rho_ref"), ("planet.radus", "radius")):
        with pytest.raises(SystemExit) as stop:
            main(["describe", wrong])
        assert stop.value.code == 2
        assert f"did you mean {right}" in capsys.readouterr().err


def test_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, right in (("t0", "mars.t0"), ("mars.layer_deepth", "layer_depth"),
                         ("colisions", "collisions"), ("mars.n_ring", "rings.n_ring")):
        with pytest.raises(SystemExit) as stop:
            main(["describe", wrong])
        assert stop.value.code == 2
        assert f"did you mean {right}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["describe", "mars.t0"], ["prep", "namelist"]]
)
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from marsdisk.cli.main import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as stop:\n"
        "    assert stop.code == 0\n"
        "heavy = {'numpy', 'netCDF4', 'matplotlib', 'marsdisk._core'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_reader_that_goes_away() -> None:
    code = "from marsdisk.cli.main import main; main(['prep', 'namelist'])"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1
