import type { Argv } from '../machine/argv.ts'

/**
 * One at a time for an image, whoever began it: what a runner began that died, or left it, goes on to its end, and is
 * waited for. What only waits ends with its runner, or it would change what another made of the image meanwhile.
 */
const aloneWith = (image: string, ...command: Argv): Argv => ['setpriv', '--pdeathsig=TERM', 'flock', '--exclusive', '--timeout', '1800', image, ...command]

export const volumeCommands = {
  reserve: (image: string, bytes: number): Argv => ['fallocate', '--length', String(bytes), image],
  // With `nodiscard`, as the room that is taken would be given back at once.
  makeFilesystem: (image: string): Argv => aloneWith(image, 'mkfs.ext4', '-q', '-F', '-b', '4096', '-m', '0', '-e', 'remount-ro', '-E', 'nodiscard', image),
  mountImage: (image: string, path: string): Argv => aloneWith(image, 'mount', '-t', 'ext4', '-o', 'loop,nosuid,nodev,noatime', image, path),
  unmount: (path: string): Argv => ['umount', path],
  loopsOf: (image: string): Argv => ['losetup', '--associated', image],
  growDevice: (device: string): Argv => ['losetup', '--set-capacity', device],
  /** To a size, or to all there is. By force, as its own estimate of the least size may be all there is; what does not fit it leaves as it was. */
  resizeFilesystem: (image: string, on: string, sizeMb: number | null): Argv => aloneWith(image, 'resize2fs', ...(sizeMb === null ? [on] : ['-f', on, `${sizeMb}M`])),
  describe: (image: string): Argv => ['dumpe2fs', '-h', image],
  /** What needs no decision is mended; exit code 1 says that something was. */
  check: (image: string): Argv => aloneWith(image, 'e2fsck', '-f', '-p', image),
  bindOnItself: (path: string): Argv => ['mount', '--bind', path, path],
  makePrivate: (path: string): Argv => ['mount', '--make-private', path],
  makeShared: (path: string): Argv => ['mount', '--make-shared', path],
  /** All that was written below, as far as the disk. */
  flush: (path: string): Argv => (process.platform === 'linux' ? ['sync', '--file-system', path] : ['sync']),
}
