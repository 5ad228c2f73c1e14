import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { config } from '#lib/config.ts'
import { sendSignal } from '#lib/drivers/machine/process.ts'
import type { Ground } from './ground.ts'
import { findProcessesOf } from './processes.ts'
import { makeRepository } from './repository.ts'

const own = /lib\/(runner|router)\/main\.ts|bin\/postgres|^postgres: /

/** Processes of this machine, from git repositories. */
export function openLocalGround(folder: string): Ground {
  const sources = join(folder, 'sources')
  mkdirSync(sources)
  chmodSync(sources, 0o755)
  return {
    stack: { handle: 'local' },
    makeSource: (name, shape) => makeRepository(join(sources, name), shape),
    accidents: {},
    cause: async () => {},
    async kill(name) {
      const victim = findProcessesOf(config.dataPath).find(({ container, command }) => container === name && command.includes('web.js'))
      if (victim) sendSignal(victim.pid, 'SIGKILL')
      return victim !== undefined
    },
    async strays(owned) {
      return findProcessesOf(config.dataPath)
        .filter(({ container, command }) => (container === null ? !own.test(command) : !owned.has(container)))
        .map(({ pid, container, command }) => `pid ${pid}, ${container ?? 'no container'}: ${command}`)
    },
    takeDown: null,
    close: async () => {},
  }
}
