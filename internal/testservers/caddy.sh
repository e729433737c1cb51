# Runs Caddy with the file Caddyfile of a folder until standard input ends.
#
#   sh caddy.sh FOLDER
#
# "ready" on standard output tells that it takes connections.
set -eu
dir=$1
cd "$dir"
XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir caddy run --config Caddyfile --adapter caddyfile 2> log > /dev/null &
server=$!
trap 'kill $server; wait $server || true' EXIT
until grep -q 'serving initial configuration' log; do
	kill -0 $server 2> /dev/null || { cat log >&2; exit 1; }
	sleep 0.05
done

echo ready
cat > /dev/null
