# Runs a glewlwyd server on 127.0.0.1 until standard input ends.
#
#   sh glewlwyd.sh PORT
#
# "ready" on standard output tells that the server takes connections. What it has
# to know beyond this file it is told over its API, as admin with the password
# "password".
set -eu
umask 077
port=$1

# It syncs to disk for every request, so use a memory file system if there is one.
base=/dev/shm
test -w "$base" || base=${TMPDIR:-/tmp}
dir=$(mktemp -d "$base/postern-glewlwyd.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP

# In one transaction: otherwise every statement would wait for the disk.
{
	echo 'PRAGMA journal_mode = WAL; BEGIN;'
	cat /usr/share/dbconfig-common/data/glewlwyd/install/sqlite3
	echo 'COMMIT;'
} | sqlite3 "$dir/db" > "$dir/log"

cat > "$dir/conf" << end
port = $port
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:$port"
api_prefix = "api"
login_url = "login.html"
log_mode = "console"
log_level = "INFO"
cookie_domain = "127.0.0.1"
cookie_secure = 0
session_key = "session"
session_expiration = 86400
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "/usr/lib/glewlwyd/user"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
hash_algorithm = "SHA512"
database = { type = "sqlite3" path = "$dir/db" };
end

glewlwyd --config-file="$dir/conf" > "$dir/log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$dir"' EXIT
until grep -q 'Glewlwyd started' "$dir/log"; do
	kill -0 $server 2> /dev/null || { cat "$dir/log" >&2; exit 1; }
	sleep 0.05
done

echo ready
cat > /dev/null
