#!/bin/sh
# Only the app's own deploy key is offered, and nobody is asked anything.
exec ssh -i "$DAVIT_GIT_KEY" -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=20 \
  -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="$DAVIT_GIT_KNOWN_HOSTS" "$@"
