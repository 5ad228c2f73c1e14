import { randomUUID } from 'node:crypto'
import type { DatabaseType } from '../database/types/type.ts'
import type { MemoryContainer } from '../drivers/memory/container.ts'
import type { MemoryWorld } from '../drivers/memory/world.ts'

const ROWS = 'data/rows'
const DOOR = 'data/door'

/** A kind of database whose servers live in an engine in memory: a book of rows, and a door that is open or not. */
export function ledgerOn(engine: MemoryWorld): DatabaseType {
  engine.script('open a book', async ({ volume }) => {
    volume!.set(ROWS, volume!.get(ROWS) ?? '')
    volume!.set(DOOR, 'open')
    return 0
  })
  engine.script('keep the book', async (self) => {
    if (!self.volume?.has(ROWS)) return self.say('there is no book here'), 1
    self.say('keeping the book')
    self.up()
    await self.told
    return 0
  })
  return {
    name: 'ledger',
    title: 'Ledger',
    versions: ['1'],
    memoryMb: { least: 8, usual: 64 },
    volumeMb: { least: 10, usual: 100 },
    sources: () => [],
    programs: { versions: async () => ['1.4'], put: async () => {} },
    refuses: ['root'],
    makeCredentials: () => ({ own: randomUUID(), given: randomUUID() }),
    variable: 'LEDGER_URL',
    url: ({ host, port }, { given }) => `ledger://book:${given}@${host}:${port}`,
    initialise: ({ own }) => ({ command: 'open a book', variables: { OWN: own } }),
    serve: (memoryMb) => ({ command: 'keep the book', variables: { MEMORY: String(memoryMb) } }),
    admission: () => ({ path: DOOR, closed: 'closed', open: 'open' }),
    stop: { signal: 'SIGINT', graceSeconds: 60 },
    async connect({ port }) {
      const probe = async () => void findKeeper(engine, port)
      await probe()
      return {
        probe,
        status: async () => ({ connections: 0, connectionsMost: 1, version: '1.4', usedBytes: rowsOf(engine, port).all().join().length }),
        admit: probe,
        settle: probe,
        async backUp(copy) {
          await copy.all([DOOR])
          await copy.write(DOOR, 'open')
        },
        close: async () => {},
      }
    },
  }
}

/** As a client sees it. @throws where nobody answers, or nobody is let in. */
export function rowsOf(engine: MemoryWorld, port: number | null) {
  const files = () => {
    const volume = engine.volumes.get(findKeeper(engine, port).volume!)!
    if (volume.files.get(DOOR) !== 'open') throw new Error('the door is closed')
    return volume.files
  }
  return {
    push: (text: string) => void files().set(ROWS, [files().get(ROWS), text].filter(Boolean).join('\n')),
    all: () => (files().get(ROWS) || null)?.split('\n') ?? [],
  }
}

function findKeeper(engine: MemoryWorld, port: number | null): MemoryContainer {
  const found = [...engine.containers.values()].find((container) => container.running && container.isUp && container.port === port)
  if (!found || port === null) throw new Error(`nobody answers at ${port}`)
  return found
}
