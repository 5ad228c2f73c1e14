import type { ExitCode, StopSignal } from '../driver.ts'

/** A path gives a status. */
export type Answer = (path: string) => number

/** A container as its program sees it. */
export interface MemoryProcess {
  variables: Record<string, string>
  port: number | null
  /** A whole line. */
  say(text: string): void
  write(text: string): void
  /** It is up. With `answer` it listens on its port. Until this, whoever awaits its health waits. */
  up(answer?: Answer): void
  /** One process more, which stays until the container is killed. */
  fork(): void
  /** The files of its volume, by path, to read and to change. */
  volume: Map<string, string> | null
  /** Resolves when it is told to stop. */
  told: Promise<StopSignal>
  /** Resolves at `world.poke(name)`. */
  poked: Promise<void>
}

/** What a command does. The returned number is its exit code; a kill needs nobody's consent. */
export type Program = (self: MemoryProcess) => Promise<ExitCode>

const forever = new Promise<never>(() => {})
const page: Answer = (path) => (path === '/' ? 200 : 404)

async function serve(self: MemoryProcess, answer: Answer = page): Promise<ExitCode> {
  self.say('serving')
  self.up(answer)
  await self.told
  self.say('told to stop')
  return 0
}

async function stay(self: MemoryProcess, word: string, answer?: Answer): Promise<ExitCode> {
  self.say(word)
  self.up(answer)
  return await forever
}

/** Commands that need no script, by their text. `exit N`, `say TEXT` and `fail TEXT` take what follows. */
export const programs: Record<string, Program> = {
  serve,
  /** Answers, but never with 200. */
  'serve errors': (self) => serve(self, () => 500),
  /** Is not up until poked. */
  'serve when poked': async (self) => {
    await self.poked
    return await serve(self)
  },
  'ignore SIGTERM': (self) => stay(self, 'stubborn', page),
  'never listen': async (self) => {
    self.say('deaf')
    self.up()
    await self.told
    return 143
  },
  'never come up': async (self) => {
    self.say('asleep')
    await self.told
    return 143
  },
  crash: async (self) => {
    self.say('cannot find the moon')
    return 3
  },
  'wait for a poke': async (self) => {
    self.say('waiting')
    self.up(page)
    await self.poked
    self.say('poked')
    return 7
  },
  scatter: (self) => {
    self.fork()
    self.fork()
    return stay(self, 'scattered')
  },
  'say three lines': async (self) => {
    self.say('one\ntwo\nthree')
    return 0
  },
  'say a long line': async (self) => {
    self.say(`${'x'.repeat(100_000)}\nafter`)
    return 0
  },
  'end in mid-line': async (self) => {
    self.write('before the end')
    return 0
  },
  'tell variables': async (self) => {
    for (const name of ['GREETING', 'PORT']) self.say(`${name}=${JSON.stringify(self.variables[name])}`)
    return 0
  },
  'keep a count': async (self) => {
    const count = Number(self.volume?.get('counts/count') ?? 0) + 1
    self.volume?.set('counts/count', String(count))
    self.say(`count ${count}`)
    return 0
  },
  'tell volume': async (self) => {
    for (const [path, text] of [...(self.volume ?? [])].sort()) self.say(`${path}: ${text}`)
    return 0
  },
  'say who is told': async (self) => {
    self.fork()
    self.say('two of us')
    self.up()
    self.say(`${await self.told} for one`)
    return 0
  },
}

export function programOf(command: string): Program {
  const [verb, ...rest] = command.split(' ')
  const text = rest.join(' ')
  if (verb === 'exit' && /^\d+$/.test(text)) return async () => Number(text)
  if (verb === 'say' && programs[command] === undefined) return async (self) => (self.say(text), 0)
  if (verb === 'fail') return async (self) => (self.say(text), 1)
  return programs[command] ?? (async (self) => (self.say(`sh: ${verb}: not found`), 127))
}
