#!/bin/sh
# SIPp 3.6 against us, over TCP: bob registers, alice calls him 50 times. Debian's sip-tester is installed if it is not there.
# Ends with SIPp's status: 0 if every call went through.
set -e
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
command -v sipp >/dev/null || { apt-get update -qq && apt-get install -y -qq sip-tester; }
[ -f "$root/dist/start.js" ] || (cd "$root" && npm run --silent build)

work=$(mktemp -d)
stack=
bob=
finish() {
  [ -z "$bob" ] || kill "$bob" 2>/dev/null || true
  [ -z "$stack" ] || kill "$stack" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# SIPp 3.6 knows MD5 only, and reads the first challenge; the URI that it proves must be said to it.
HOST=127.0.0.1 PORT=0 TCP_PORT=15060 DATA_DIR="$work/data" LOG_LEVEL=warn CHALLENGES=md5 REQUESTS_PER_SECOND=0 \
  node "$root/dist/start.js" >"$work/stack.log" 2>&1 &
stack=$!
until grep -qs listens "$work/stack.log"; do
  kill -0 "$stack" || { cat "$work/stack.log"; exit 1; }
  sleep 0.1
done

for user in alice bob; do
  printf 'SEQUENTIAL\n%s;[authentication username=%s password=sipwake]\n' "$user" "$user" >"$work/$user.csv"
done
cd "$work"
common="127.0.0.1:15060 -i 127.0.0.1 -nostdin -trace_err"
sipp $common -t t1 -sf "$here/sipp/register.xml" -oocsf "$here/sipp/answer.xml" -inf bob.csv -auth_uri localhost -p 15070 -m 1 >bob.log 2>&1 &
bob=$!
sleep 2
status=0
# A connection for each call: over one, only the first would be challenged.
sipp $common -t tn -max_socket 100 -sf "$here/sipp/call.xml" -inf alice.csv -auth_uri bob@localhost -p 15080 -m 50 -r 10 -timeout 60 -timeout_error >alice.log 2>&1 || status=$?
grep -E 'Successful call|Failed call' alice.log | tail -2
if [ "$status" != 0 ]; then
  cat ./*errors.log stack.log 2>/dev/null | head -60
fi
exit "$status"
