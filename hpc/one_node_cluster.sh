#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A Slurm cluster of one node on this machine, to try job arrays on the real thing.
#
#   hpc/one_node_cluster.sh install      Slurm, munge, environment-modules from Debian (root)
#   hpc/one_node_cluster.sh start DIR    start it as root; prints how to use it
#   hpc/one_node_cluster.sh stop DIR     end all of it
#   hpc/one_node_cluster.sh die DIR      the node dies: slurmd, and all that jobs run on it
#   hpc/one_node_cluster.sh revive DIR   the node comes back
#
# Everything (key, sockets, state, logs) is in DIR, which should be new; an installed Slurm or munge
# of this machine is not touched. It needs no systemd and no cgroups: proctrack/linuxproc,
# task/none. Exit code 77: it cannot start here, and says why.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin     # where the daemons are, and not every shell looks
CANNOT=77
DAEMONS=(slurmctld slurmd munged mungekey)
# A requeued job is held until the credential of its last start has expired: 120 s by default.
EXPIRE=10

cannot() { printf 'cannot start Slurm here: %s\n' "$*"; exit "$CANNOT"; }

have_daemons() {
  local name
  for name in "${DAEMONS[@]}"; do command -v "$name" >/dev/null || return 1; done
}

install() {
  local packages=()
  have_daemons || packages+=(slurm-wlm munge)
  # Lmod would have to go for it, and does the same.
  [[ -e /usr/share/modules || -e /usr/share/lmod ]] || packages+=(environment-modules)
  ((${#packages[@]})) || return 0
  ((EUID == 0)) || cannot "${packages[*]} is not installed, and installing it takes root"
  command -v apt-get >/dev/null || cannot "${packages[*]} is not installed, nor is apt-get"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -qy --no-install-recommends "${packages[@]}"; } \
    >/dev/null 2>&1 || cannot "apt-get install ${packages[*]} has failed"
}

free_ports() { # COUNT
  python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("", 0))
print(*(one.getsockname()[1] for one in held))
PY
}

configure() { # writes DIR/slurm.conf
  local control node memory cpus host=$(uname -n)
  host=${host%%.*}
  memory=$(slurmd -C | grep -o 'RealMemory=[0-9]*')
  read -r control node < <(free_ports 2)
  cpus=$(nproc)
  ((cpus > 1)) || cpus=2 # two tasks at once, whatever the machine has
  cat >"$dir/slurm.conf" <<CONF
ClusterName=onenode
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$control
SlurmdPort=$node
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=$EXPIRE
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/jobs.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SchedulerType=sched/backfill
# looks for work every second, not every minute
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=5
KillWait=30
MessageTimeout=10
MaxArraySize=10001
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus $memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
}

alive() { [[ -s $1 ]] && kill -0 "$(<"$1")" 2>/dev/null; }

wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep 0.2
  done
}

is_up() { [[ $(sinfo --noheader --format=%t) == @(idle|mix|alloc) ]]; }

give_up() { stop >/dev/null 2>&1 || true; cannot "$@"; }

start() {
  ((EUID == 0)) || cannot "it takes root"
  have_daemons ||
    cannot "${DAEMONS[*]}: not all are there (hpc/one_node_cluster.sh install)"
  mkdir -p "$dir"/{state,spool,munge,slurm}
  dir=$(cd "$dir" && pwd)
  chmod 755 "$dir" "$dir/munge"
  mungekey --create --force --keyfile "$dir/munge/key" >/dev/null 2>&1 ||
    dd if=/dev/urandom of="$dir/munge/key" bs=128 count=1 status=none
  chmod 400 "$dir/munge/key"
  munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" --force \
    >"$dir/munge/start.log" 2>&1 || give_up "munged: $(tail -n 1 "$dir/munge/start.log")"
  configure
  export SLURM_CONF=$dir/slurm.conf
  slurmctld -c >"$dir/slurmctld.start" 2>&1 ||
    give_up "slurmctld: $(tail -n 1 "$dir/slurmctld.start")"
  slurmd >"$dir/slurmd.start" 2>&1 || give_up "slurmd: $(tail -n 1 "$dir/slurmd.start")"
  wait_for 30 is_up || give_up "the node does not come up: $(tail -n 3 "$dir/slurmd.log" | tr '\n' ' ')"
  printf 'export SLURM_CONF=%q\n' "$SLURM_CONF"
}

# Processes of a pid and all of its descendants, deepest last.
tree() { # PID
  local child
  echo "$1"
  for child in $(ps -o pid= --ppid "$1"); do tree "$child"; done
}

steps() { # main processes of the jobs on this node
  ps -eo pid=,args= | awk -v spool="$dir/" '$2 ~ /^slurmstepd/ { print $1 }' | while read -r pid; do
    tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "SLURM_CONF=$dir/slurm.conf" &&
      echo "$pid"
  done || true
}

die() {
  local pid all=()
  if alive "$dir/slurmd.pid"; then all+=("$(<"$dir/slurmd.pid")"); fi
  for pid in $(steps); do mapfile -t -O "${#all[@]}" all < <(tree "$pid"); done
  ((${#all[@]} == 0)) || kill -KILL "${all[@]}" 2>/dev/null || true
  printf '%s\n' "${all[@]}"
}

revive() { slurmd >"$dir/slurmd.start" 2>&1 && wait_for 60 is_up; }

stop() {
  local pid file
  if alive "$dir/slurmctld.pid"; then scancel --user=root >/dev/null 2>&1 || true; sleep 1; fi
  die >/dev/null
  for file in "$dir/slurmctld.pid" "$dir/munge/pid"; do
    if alive "$file"; then
      pid=$(<"$file")
      kill "$pid" && wait_for 10 bash -c "! kill -0 $pid" || kill -KILL "$pid" || true
    fi
  done
}

action=${1:-}
case $action in
  install) install; exit ;;
  start | stop | die | revive) ;;
  *) sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
dir=${2:?the directory of the cluster is missing}
if [[ $action != start ]]; then
  dir=$(cd "$dir" && pwd)
  export SLURM_CONF=$dir/slurm.conf
fi
"$action"
