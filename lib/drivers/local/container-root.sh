#!/bin/sh
# Runs as root in the mount and pid namespaces of one container, in the stack's folder. Lays the container's
# own folder out at ROOM and the image at ROOM/app: a path that is the same in a build and in every
# container and leads through no folder of Davit's, as Node looks for packages in every folder above. Then
# becomes the command that gives up root. A container writes to a layer of its own; a build writes to the
# image itself.
# VOLUME, unless it is empty, is laid out at ROOM/volume; its owner, if it has a uid of its own, has a name then, as
# servers of databases ask for it.
# Usage: container-root.sh ROOM IMAGE FOLDER build|run VOLUME COMMAND...
room=$1
image=$2
folder=$3
kind=$4
volume=$5
shift 5
# All containers share the empty folder; what is mounted there is each one's own.
[ -d "$room" ] || mkdir -p "$room" || exit 70
mount --bind "$folder" "$room" || exit 70
if [ "$kind" = build ]; then
  mount --bind "$image" "$room/app" || exit 70
else
  mount -t overlay -o "lowerdir=$image,upperdir=$folder/upper,workdir=$folder/work" overlay "$room/app" || exit 70
fi
if [ -n "$volume" ]; then
  mount --bind "$volume" "$room/volume" || exit 70
  [ ! -e "$folder/users" ] || mount --bind "$folder/users" /etc/passwd || exit 70
fi
cd "$room/app" || exit 70
exec "$@"
