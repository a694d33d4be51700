#!/usr/bin/env bash
# Writes build/cache/firestore-emulator.jsa: what Java loads for the Firestore
# emulator, read and checked, so that a start takes 2 s of a processor, not 4
# (Java's class data sharing, JEP 350). The Makefile has Java use it; without it
# all goes on as before: so this never fails, and does nothing where it is there.
set -Eeuo pipefail
trap 'echo "no archive for the Firestore emulator, whose starts take twice as long"; exit 0' ERR
cd "$(dirname "$0")/.."
archive=build/cache/firestore-emulator.jsa
jar=${PARLEY_FIRESTORE_EMULATOR_JAR:-$(dpkg-query -L google-cloud-cli-firestore-emulator 2>/dev/null | grep -m 1 '/cloud-firestore-emulator\.jar$' || true)}
[ -n "$jar" ] && command -v java >/dev/null || exit 0
[ ! "$archive" -nt "$jar" ] || exit 0
unset JDK_JAVA_OPTIONS # the Makefile's, which names what is made here
mkdir -p build/cache
place=$(mktemp -d)
java=
trap '[ -z "$java" ] || kill -KILL "$java" 2>/dev/null; rm -rf "$place"' EXIT

for _ in 1 2 3; do # a port may be taken
  port=$((20000 + RANDOM % 10000))
  # The switches of backend/signaling/firestore/emulator and frontend/e2e/lib/emulator.ts.
  exec {says}< <(exec timeout 90 java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit="$place/archive" -cp "$jar" \
    com.google.cloud.datastore.emulator.firestore.CloudFirestore --host=127.0.0.1 --port="$port" 2>&1)
  java=$!
  # Its own words: a stranger's server may have the port.
  grep -q -m 1 'is now running' <&"$says" && break
  java=
done
[ -n "$java" ]
cat <&"$says" >/dev/null &

# request METHOD PATH BODY: waits for the answer, which is for nobody.
request() {
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf '%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer owner\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
    "$1" "$2" "${#3}" "$3" >&3
  read -r -t 20 _ <&3
  exec 3>&-
}
documents=/v1/projects/demo-archive/databases/'(default)'/documents
rules="service cloud.firestore { match /databases/{d}/documents { match /rooms/{r} { allow read: if request.auth != null && request.time < resource.data.expireAt; } } }"
request PUT /emulator/v1/projects/demo-archive:securityRules "{\"rules\":{\"files\":[{\"name\":\"firestore.rules\",\"content\":\"$rules\"}]}}"
request POST "$documents:commit" '{"writes":[{"update":{"name":"projects/demo-archive/databases/(default)/documents/rooms/x","fields":{"n":{"integerValue":"1"}}}}]}'
request POST "$documents:runQuery" '{"structuredQuery":{"from":[{"allDescendants":true}]}}'
request GET "$documents/rooms/x" ''

kill -TERM "$java"
wait "$java" || true
java=
mv "$place/archive" "$archive"
