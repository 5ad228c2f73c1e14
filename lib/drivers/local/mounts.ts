import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { Refusal } from '../../refusal.ts'
import { systemPath, type Argv } from '../machine/argv.ts'
import { volumeCommands } from './volume-commands.ts'

/** For what takes its time with large volumes; killed half-way it would have to be mended. */
const limitMs = 30 * 60_000

interface ToolOptions {
  /** Exit codes that say no more than zero does. */
  fine?: number[]
  /** Ends the wait for a program, which may go on: one that is alone with an image is waited for by whoever is the next with it. */
  leave?: AbortSignal
}

/** @throws Refusal `unavailable`, in the program's own words */
export async function runTool([program, ...args]: Argv, { fine = [], leave }: ToolOptions = {}): Promise<string> {
  try {
    const env = { PATH: systemPath, LC_ALL: 'C' } as unknown as NodeJS.ProcessEnv
    return (await promisify(execFile)(program, args, { timeout: limitMs, env, signal: leave })).stdout
  } catch (error) {
    leave?.throwIfAborted()
    const { stderr = '', stdout = '', code, message } = error as Error & { stderr?: string; stdout?: string; code?: number }
    if (code !== undefined && fine.includes(code)) return stdout
    const lines = stderr.trim().split('\n')
    throw new Refusal('unavailable', `This machine refused a change to a volume. ${lines.find((line) => /^[\w.]+: /.test(line)) ?? (lines.at(-1) || message)}`)
  }
}

/** Whether something is mounted there, as far as this process sees. */
export function isMounted(path: string): boolean {
  return mounts().some((mount) => mount.path === path)
}

/**
 * A folder for mounts that every namespace made from here on follows: what is unmounted here would otherwise
 * live on in each container that was started meanwhile. Its caller is alone.
 */
export async function haveSharedFolder(path: string): Promise<void> {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = mounts().findLast((mount) => mount.path === path)
  if (found?.shared) return
  if (found === undefined) await runTool(volumeCommands.bindOnItself(path))
  // A group of its own: that of the mount around it may be anybody's.
  await runTool(volumeCommands.makePrivate(path))
  await runTool(volumeCommands.makeShared(path))
}

/** Once nothing is mounted in it, so that it can be removed. Its caller is alone. */
export async function closeSharedFolder(path: string): Promise<void> {
  const found = mounts()
  if (found.some((mount) => mount.path.startsWith(`${path}/`)) || !found.some((mount) => mount.path === path)) return
  // Somebody may stand in it, which is no reason to call a volume attached.
  await runTool(volumeCommands.unmount(path)).catch(() => {})
}

/** The devices through which anybody on this machine has that image. */
export async function loopsOf(image: string): Promise<string[]> {
  const found = await runTool(volumeCommands.loopsOf(image))
  return found.split('\n').flatMap((line) => /^(\/dev\/loop\d+):/.exec(line)?.[1] ?? [])
}

function mounts(): { path: string; shared: boolean }[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n').map((line) => {
    const [, , , , path = '', , ...rest] = line.split(' ')
    const optional = rest.slice(0, rest.indexOf('-'))
    return { path: path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))), shared: optional.some((field) => field.startsWith('shared:')) }
  })
}
