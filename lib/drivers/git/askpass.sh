#!/bin/sh
# Git asks for a user name, then a password: "Username for 'https://host': ". Both come from the
# environment, and only the host they are for is told, wherever that one may redirect to.
case $1 in
  *"//$DAVIT_GIT_HOST'"* | *"@$DAVIT_GIT_HOST'"*) ;;
  *) exit 1 ;;
esac
case $1 in
  Username*) printf '%s\n' "$DAVIT_GIT_USER" ;;
  *) printf '%s\n' "$DAVIT_GIT_SECRET" ;;
esac
