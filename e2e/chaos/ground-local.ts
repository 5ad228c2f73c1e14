import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { config } from '#lib/config.ts'
import { sendSignal } from '#lib/drivers/machine/process.ts'
import type { Ground } from './ground.ts'
import { findProcessesOf } from './processes.ts'
import { makeRepository } from './repository.ts'

const own = /lib\/(runner|router)\/main\.ts|bin\/postgres|^postgres: /
/** The process of a container that all the others end with. */
const main = /web\.js|bin\/postgres/

/** Processes of this machine, from git repositories. */
export function openLocalGround(folder: string): Ground {
  const sources = join(folder, 'sources')
  mkdirSync(sources)
  chmodSync(sources, 0o755)
  const other = join(folder, 'other')
  mkdirSync(other)
  const strays = async (owned: Set<string>) =>
    findProcessesOf(config.dataPath)
      .filter(({ container, command }) => (container === null ? !own.test(command) : !owned.has(container)))
      .map(({ pid, container, command }) => `pid ${pid}, ${container ?? 'no container'}: ${command}`)
  return {
    stack: { handle: 'local', settings: { places: [{ name: 'other', folder: other }] } },
    places: ['local', 'other'],
    offerDatabases: async () => {},
    makeSource: (name, shape) => makeRepository(join(sources, name), shape),
    accidents: {},
    cause: async () => {},
    async kill(name) {
      const victim = findProcessesOf(config.dataPath).find(({ container, command }) => container === name && main.test(command))
      if (victim) sendSignal(victim.pid, 'SIGKILL')
      return victim !== undefined
    },
    strays,
    left: async () => [...(await strays(new Set())), ...mountsBelow(folder).map((path) => `mount ${path}`)],
    takeDown: null,
    close: async () => {},
  }
}

const mountsBelow = (folder: string) => readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(`${folder}/`))
