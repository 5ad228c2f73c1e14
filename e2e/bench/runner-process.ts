import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Hands } from '#lib/runner/define.ts'
import { startRunner } from '#lib/runner/runner.ts'
import { now, slotsCount } from './bench.ts'
import { onThing, three } from './thing.ts'

/** A runner in a process of its own, which says when its code was reached. */
export type Said = { what: 'began' | 'told to stop' | 'compensating'; id: number; at: number; wallMs: number }

function say(what: Said['what'], id: number): void {
  process.send!({ what, id, at: now(), wallMs: performance.timeOrigin + performance.now() } satisfies Said)
}

const latency = onThing('latency').step('only', { undoes: null, run: (_known, hands) => say('began', hands.operation.id) })

/** A real child, which ends by itself unless it is told to: what a build or a one-off command is. */
async function work(_known: unknown, hands: Hands) {
  const { id } = hands.operation
  say('began', id)
  hands.signal.addEventListener('abort', () => say('told to stop', id), { once: true })
  const child = spawn('sleep', [String(0.1 + Math.random() * 0.4)], { stdio: 'ignore', signal: hands.signal })
  child.on('error', () => {})
  await once(child, 'exit')
  hands.signal.throwIfAborted()
}

const step = { undoes: 'undo it', run: work, compensate: (_known: unknown, hands: Hands) => say('compensating', hands.operation.id) }
const children = onThing('children').step('first', step).step('second', step).step('third', step)

await startRunner({
  name: `bench-${process.argv[2]}`,
  version: 'bench',
  definitions: [three, latency, children],
  slots: slotsCount,
  leaseSeconds: 5,
  openDriver: () => Promise.reject(new Error('the bench has no driver')),
})
process.send!('ready')
process.on('disconnect', () => process.exit())
await pause(2 ** 31 - 1)
