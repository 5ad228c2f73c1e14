import { onThing, startTestRunner } from './rehearsal.ts'

/**
 * A runner in a process of its own, so that a test may kill or stop it. It says where it stands and waits
 * to be told to go on; what its steps did is said only once the lease and the fence were looked at.
 */
export type Said = { live: true } | { stand: string } | { did: string }

const [, , name = '', leaseSeconds = ''] = process.argv
const waiting: (() => void)[] = []
const say = (said: Said) => process.send!(said)

function stand(where: string): Promise<void> {
  const told = Promise.withResolvers<void>()
  waiting.push(told.resolve)
  say({ stand: where })
  return told.promise
}

function step(what: string, fails = false) {
  return {
    undoes: what,
    run: async (_known: unknown, { io }: { io: { guard(): Promise<void> } }) => {
      await io.guard()
      say({ did: `run ${what}` })
      if (fails) throw new Error('no')
    },
    compensate: async (_known: unknown, { io }: { io: { guard(): Promise<void> } }) => {
      await io.guard()
      say({ did: `undo ${what}` })
    },
  }
}

const works = onThing('works').step('one', step('one')).step('two', step('two')).step('three', step('three'))
const fails = onThing('fails').step('one', step('one')).step('two', step('two')).step('three', step('three', true))

process.on('message', () => waiting.shift()?.())
process.on('disconnect', () => process.exit())
const runner = await startTestRunner({
  name,
  leaseSeconds: Number(leaseSeconds),
  definitions: [works, fails],
  at: (point, { step: index, direction }) => stand(`${point} ${direction} ${index}`),
})
process.once('SIGTERM', () => void runner.drain(8000))
say({ live: true })
process.exit((await runner.done) === 'drained' ? 0 : 1)
