import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { asUid } from './argv.ts'

/** What it takes to be given other uids, and namespaces, at all; null where it is there. */
export function whyNotRoot(): string | null {
  if (process.platform !== 'linux') return 'that needs Linux'
  return process.getuid?.() === 0 ? null : 'that needs Davit to run as root'
}

/**
 * Why nothing can run under a uid of its own that passes through a folder; null where it can. Tried rather
 * than guessed: containers and hardened kernels take these rights from root one by one.
 */
export function whyNoUids(folder: string): string | null {
  const lacking = whyNotRoot()
  if (lacking !== null) return lacking
  if (!worksHere(asUid(65_534, ['true']))) return 'setpriv (of util-linux) does not work'
  return worksHere(asUid(65_534, ['stat', join(folder, '.')])) ? null : `a folder above ${folder} lets no other user pass (chmod o+x mends that)`
}

/** A probe that did not end by itself, as in a process that was paused, has found nothing out. */
export function worksHere([program, ...args]: string[], cwd?: string): boolean {
  for (let tries = 1; ; tries++) {
    const { status, signal } = spawnSync(program as string, args, { cwd, stdio: 'ignore', timeout: 10_000 })
    if (signal === null || tries === 3) return status === 0
  }
}

export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null
  return () => (made ??= { value: make() }).value
}
