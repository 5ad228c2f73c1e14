#!/bin/sh
# Runs a command as the first of a process group of its own, and ends all of the group when whoever started
# it is no more, however that came: fd 3 leads there, and tells the end of its other side. It begins with a line
# from there: this process is noted by then, and is found also while whoever started it only sleeps.
read -r davit_noted <&3 || exit 1
(
  read -r davit_never <&3
  kill -KILL 0
) >/dev/null 2>&1 &
davit_watch=$!
exec 3<&-
"$@"
davit_code=$?
exec 2>/dev/null
kill -KILL "$davit_watch"
exit "$davit_code"
