#!/bin/sh
# Runs the sample tasks against a playground and shows what each leaves behind.
# Usage: run-samples.sh POSTERN OAUTH_TOML, with POSTERN_PLAYGROUND_URL set.
set -eu

postern=$1
oauth_toml=$2
url=$POSTERN_PLAYGROUND_URL
scripts=$(dirname "$0")
root=$(dirname "$scripts")
ran=0
failed=0

# sample TASK [FLAG…] runs one task. It has to end well, with the API's 200.
sample() {
	echo
	echo "== ${1#./}"
	ran=$((ran + 1))
	if ! data=$("$postern" run "$@" --connections "$oauth_toml" --data "q_base_url=$url"); then
		failed=$((failed + 1))
		return
	fi
	printf '%s\n' "$data"
	answer=$(printf '%s\n' "$data" | grep -E '^  [0-9]{3} ' | tail -n 1) # the API's comes last
	case $answer in
	"  200 "*'"/api/echo"'*) ;;
	*)
		echo "no 200 from the API" >&2
		failed=$((failed + 1))
		;;
	esac
}

sample "$scripts/password.toml" --allow "${url#http://}"
sample "$scripts/client-credentials.toml" --allow "${url#http://}"
sample "$scripts/named-connection.toml"
sample "$root/build/named-connection-go.wasm" --use playground
sample "$scripts/addons/playground-items.xml" --config-file "$scripts/addons/playground-items.json" \
	--item q_base_url=STRING_TEXTFIELD

echo
echo "$((ran - failed)) of $ran sample tasks got a 200 from the API"
test "$failed" -eq 0
