#!/bin/sh
# In git's own mount namespace $1 stands for the list of users: ssh does nothing for a uid without a name.
mount --bind "$1" /etc/passwd || exit 1
shift
exec "$@"
