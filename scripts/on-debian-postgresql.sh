#!/usr/bin/env bash
# Runs a command with DATABASE_URL set to a throw-away cluster of Debian's PostgreSQL on a socket of its own.
#   bash scripts/on-debian-postgresql.sh npx vitest run --project modules
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | head -n 1)
home=$(mktemp -d)
chmod 711 "$home"
if [ "$(id -u)" = 0 ]; then
  chown postgres "$home"
  run() { runuser -u postgres -- "$@"; }
else
  run() { "$@"; }
fi
stop() {
  run "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$home"
}
trap stop EXIT

cd /
run "$bin/initdb" -D "$home/data" -U filmgate_test --auth=trust -E UTF8 --locale=C.UTF-8 >/dev/null
run "$bin/pg_ctl" -D "$home/data" -w -l "$home/log" -o "-c listen_addresses= -k $home -c fsync=off -c max_connections=300" start >/dev/null
cd "$OLDPWD"
DATABASE_URL="postgresql://filmgate_test@/postgres?host=$home" "$@"
