# Runs a PostgreSQL server until standard input ends, as a user other than root.
#
#   sh postgres.sh BIN PORT
#
# The first line of standard input is the password of user postgres. "ready" on
# standard output tells that the server takes connections. A line "restart" restarts it,
# as after a failure.
set -eu
umask 077
bin=$1 port=$2
read -r password

# Not under $TMPDIR, which may be a folder that only root can access. In memory if there is room:
# each database is 300 files, and most of its cost is to create and delete them.
parent=/tmp
free=$(df -P -k /dev/shm 2> /dev/null | awk 'NR == 2 { print $4 }')
if test "${free:-0}" -gt 2000000 && test -w /dev/shm; then parent=/dev/shm; fi
dir=$(mktemp -d "$parent/postern-postgres.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP

printf '%s\n' "$password" > "$dir/password"
"$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile "$dir/password" --no-sync > "$dir/log" 2>&1 ||
	{ cat "$dir/log" >&2; exit 1; }

# Nothing here need outlive a power cut.
options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir
	-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=64MB"
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -o "$options" -w start > /dev/null ||
	{ cat "$dir/log" >&2; exit 1; }
trap '"$bin/pg_ctl" -D "$dir/data" -m immediate stop > /dev/null; rm -rf "$dir"' EXIT

echo ready
while read -r line; do
	test "$line" = restart
	"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -m immediate -w restart > /dev/null || { cat "$dir/log" >&2; exit 1; }
	echo ready
done
