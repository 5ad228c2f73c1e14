#!/bin/sh
# Only the app's own deploy key is offered, or none where there is none, and nobody is asked anything.
if [ -n "$DAVIT_GIT_KEY" ]; then
  set -- -i "$DAVIT_GIT_KEY" -o IdentitiesOnly=yes "$@"
else
  set -- -o PubkeyAuthentication=no "$@"
fi
exec ssh -o BatchMode=yes -o ConnectTimeout=20 \
  -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="$DAVIT_GIT_KNOWN_HOSTS" "$@"
