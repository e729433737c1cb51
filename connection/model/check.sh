#!/bin/sh
# usage: check.sh [quick]
# Checks renew.pml with spin, which it needs, and a C compiler. quick leaves out what
# takes minutes: stopped processes, three processes, and that every renewal ends.
set -eu
model=$(cd "$(dirname "$0")" && pwd)/renew.pml
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# verify NAME WANT SPIN-FLAGS CC-FLAGS PAN-FLAGS: WANT is how many errors there are.
verify() {
	spin -a $3 "$model" > spin.log 2>&1 || { cat spin.log >&2; exit 1; }
	cc -O2 -w $4 -o pan pan.c
	./pan $5 > pan.log 2>&1 || true
	if ! grep -q "errors: $2\$" pan.log || grep -q 'max search depth too small' pan.log; then
		cat pan.log >&2
		echo "model: $1: failed; the trail is shown by: spin -t -p $3 $model" >&2
		exit 1
	fi
	echo "model: $1: ok, $(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1 states/p' pan.log)"
}

verify 'two processes' 0 '' '-DSAFETY -DCOLLAPSE' -m300000
# A model that nothing can break proves nothing.
verify 'a lease shorter than a beat breaks it' 1 '-DSTILL=1' '-DSAFETY -DCOLLAPSE' -m300000
[ "${1:-}" != quick ] || exit 0
verify 'a holder stands still' 0 '-DSTOPS' '-DSAFETY -DCOLLAPSE' -m300000
verify 'every renewal ends' 0 '-DPROMPT' '-DNP -DCOLLAPSE' '-l -f -m400000'
verify 'three processes, as far as memory goes' 0 '-DN=3 -DSTALLS=1' '-DSAFETY -DBITSTATE' '-w31 -m300000'
