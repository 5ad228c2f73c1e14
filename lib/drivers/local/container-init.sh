#!/bin/sh
# The first process of a container. Waits for its variables on fd 4, starts the command, passes SIGTERM on,
# reaps, and leaves the exit code on fd 3; when it ends, the kernel (or the driver) ends the rest.
# Usage: container-init.sh TARGET SIGNAL COMMAND
# (TARGET: whom a SIGTERM is passed on to as SIGNAL, as kill(1) writes it: -1 or 0; or `command`: to the command alone)
davit_target=$1
davit_signal=$2
davit_command=$3
set --

# A line is NAME=value; a line that begins with a space goes on with the value above it; a dot is the last.
davit_name=
davit_begins=
while IFS= read -r davit_line; do
  case $davit_line in
    .) davit_begins=1; break ;;
    ' '*) davit_value="$davit_value
${davit_line# }" ;;
    *) davit_name=${davit_line%%=*} davit_value=${davit_line#*=} ;;
  esac
  export "$davit_name=$davit_value"
done <&4
exec 4<&-
# Whoever was to start it is gone.
[ -n "$davit_begins" ] || exit 70
unset davit_line davit_name davit_value davit_begins OLDPWD

# A plain command takes the place of its shell. Any other keeps one, which runs its trap when the command
# in its foreground has ended: so it outlives what is told to stop, and passes the exit code on.
(
  case $davit_command in
    *[!A-Za-z0-9_./:@=+,%\ -]*) ;;
    *) case $(command -v "${davit_command%% *}") in */*) eval "exec $davit_command" ;; esac ;;
  esac
  trap 'exit $?' TERM
  eval "$davit_command"
) 3>&- &
davit_child=$!

# After the command was started, so that a SIGTERM finds somebody to go to. The command alone may be told again:
# its shell does not hear every signal while it makes ready.
davit_told=
if [ "$davit_target" = command ]; then
  trap 'davit_told=1; kill "-$davit_signal" "$davit_child" 2>/dev/null' TERM
else
  trap 'davit_told=1; trap "" TERM; kill "-$davit_signal" "$davit_target"' TERM
fi

wait "$davit_child"
davit_code=$?
if [ -n "$davit_told" ]; then
  # A signal ends a wait early, also one that has just reaped: its code is then what the next wait says. 127: it was had before.
  davit_gone=
  until [ -n "$davit_gone" ]; do
    kill -0 "$davit_child" 2>/dev/null || davit_gone=1
    wait "$davit_child"
    davit_again=$?
    [ "$davit_again" = 127 ] || davit_code=$davit_again
  done
  # What the command left in the background gets the same grace; the driver ends it with SIGKILL.
  while [ "$davit_target" = -1 ] && kill -0 -1 2>/dev/null; do sleep 0.05; done
fi
echo "$davit_code" >&3
exit "$davit_code"
