import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import type { ContainerSpec } from '../driver.ts'
import { systemPath } from '../machine/argv.ts'
import { identify, type ProcessIdentity } from '../machine/process.ts'
import { refuseOddVariables } from '../variables.ts'
import { containerCommand, room } from './commands.ts'
import { loopback, markerVariable, nameUser, outputPath } from './container-folder.ts'
import type { Local } from './open.ts'

interface Launch {
  spec: Pick<ContainerSpec, 'name' | 'command' | 'variables' | 'listensAs' | 'stopSignal'>
  /** Where its volume lies. */
  volume: string | null
  uid: number | null
  port: number | null
  /** Relative to the stack's folder. */
  image: string
  kind: 'build' | 'run'
}

export interface Launched {
  /** Null: it has ended already. */
  process: ProcessIdentity | null
  /** Hands over its variables, which its command waits for; from then on it outlives this process. */
  go(): void
}

/** Starts the processes of a container, up to its command. */
export async function launch(local: Local, { spec, volume, uid, port, image, kind }: Launch): Promise<Launched> {
  const path = local.folders.path(spec.name)
  const { namespaces } = local.isolation
  const given = {
    [markerVariable]: local.folders.marker(spec.name),
    ...(port === null ? {} : { PORT: String(port) }),
    ...(spec.listensAs === undefined ? {} : { HOST: loopback }),
    ...(volume === null ? {} : { VOLUME: namespaces ? join(room, 'volume') : volume }),
  }
  const variables = variablesAsLines(spec.variables, ['PORT', ...Object.keys(given)])
  if (volume !== null && uid !== null) nameUser(path, uid)
  const [program, ...args] = containerCommand({
    namespaces,
    uid,
    image,
    folder: join('containers', spec.name),
    kind,
    scripts: local.scripts,
    command: spec.command,
    volume,
    stopSignal: spec.stopSignal ?? null,
  })
  const output = openSync(outputPath(local.folders, spec.name), 'a', 0o600)
  const exit = openSync(join(path, 'exit'), 'w', 0o600)
  try {
    const child = spawn(program, args, {
      detached: true,
      // Without namespaces nothing can be mounted, and the command runs in the image itself.
      cwd: namespaces ? local.folder : join(local.folder, image),
      stdio: ['ignore', output, output, exit, 'pipe'],
      env: { ...ownEnvironment(namespaces ? room : path), ...given } as unknown as NodeJS.ProcessEnv,
    })
    child.unref()
    if (child.pid === undefined) throw await refusalOf(child, spec.name)
    child.on('error', () => {})
    // Read before the event loop turns: until then even a process that has ended keeps its pid.
    return { process: identify(child.pid), go: handing(child.stdio[4] as Socket, `${variables}.\n`) }
  } finally {
    for (const file of [output, exit]) closeSync(file)
  }
}

/** Nothing of Davit's own environment, and nothing of the app's: part of this runs as root. */
function ownEnvironment(path: string): Record<string, string> {
  return {
    PATH: `${systemPath}:${dirname(process.execPath)}`,
    HOME: join(path, 'home'),
    TMPDIR: join(path, 'tmp'),
    LANG: 'C.UTF-8',
  }
}

/** As container-init.sh reads them: NAME=value, and a space before each further line of a value; a lone dot ends them. */
function variablesAsLines(variables: Record<string, string>, reserved: string[]): string {
  refuseOddVariables(variables)
  return Object.entries(variables)
    .filter(([name]) => !reserved.includes(name))
    .map(([name, value]) => `${name}=${value.replaceAll('\n', '\n ')}\n`)
    .join('')
}

/** Values never touch the disk. What reads them may have ended, and keeps its own end open for as long as it lives. */
function handing(way: Socket, text: string): () => void {
  way.on('error', () => {}).resume().unref()
  return () => void way.end(text, () => way.destroy())
}

async function refusalOf(child: ChildProcess, name: string): Promise<Refusal> {
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException]
  return new Refusal('unavailable', `${name} could not be started: ${error.code ?? 'unknown error'} (${error.syscall ?? 'spawn'}).`)
}
