#!/bin/sh
# Runs as root in the mount and pid namespaces of one container, in the stack's folder. Lays the image out
# at `app`, which is the same path in a build and in every container, then becomes the command that gives
# up root. A container writes to a layer of its own; LAYER "-" is a build, which writes to the image itself.
# Usage: container-root.sh IMAGE LAYER COMMAND...
image=$1
layer=$2
shift 2
if [ "$layer" = - ]; then
  mount --bind "$image" app || exit 70
else
  mount -t overlay -o "lowerdir=$image,upperdir=$layer/upper,workdir=$layer/work" overlay app || exit 70
fi
cd app || exit 70
exec "$@"
