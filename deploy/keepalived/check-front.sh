#!/usr/bin/env bash
# Whether the front on this host answers: check-front.sh PORT PATH. Its own health, on its internal listener. A front that accepts
# and says nothing for a second is none. Only bash is needed: not every host of a front has curl.
set -u

exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3 || exit 1
IFS= read -r -t 1 line <&3 || exit 1
[[ $line == HTTP/1.?" 200 "* ]]
