# Runs nginx with the file nginx.conf of a folder until standard input ends.
#
#   sh nginx.sh FOLDER
#
# "ready" on standard output tells that it takes connections.
set -eu
dir=$1
nginx -p "$dir" -c nginx.conf -e stderr -g 'daemon off; master_process off;' 2> "$dir/log" &
server=$!
trap 'kill $server; wait $server || true' EXIT
until test -s "$dir/pid"; do
	kill -0 $server 2> /dev/null || { cat "$dir/log" >&2; exit 1; }
	sleep 0.05
done

echo ready
cat > /dev/null
