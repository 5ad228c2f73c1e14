export type Argv = [string, ...string[]]

/** Nothing of Davit's own. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Gives up root, for good. */
export function asUid(uid: number, command: string[]): Argv {
  const given = ['--clear-groups', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all']
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, ...given, ...command]
}

/** For a namespace of mounts: what is unmounted outside goes inside, too, or a volume would live on in each that was made meanwhile. */
export const followingMounts = ['--propagation', 'slave']
