import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { handlesTerm } from '../machine/process.ts'

const command = `exec node -e '${"process.on(`SIGINT`, () => process.exit(0)); setInterval(() => {}, 60_000); console.log(`here`)"}'`

/** Told to stop again and again until it has ended. */
async function stopHastily(): Promise<string> {
  const init = spawn('/bin/sh', [`${import.meta.dirname}/container-init.sh`, 'command', 'INT', command], { stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'] })
  ;(init.stdio[4] as unknown as NodeJS.WritableStream).end('.\n')
  const code = text(init.stdio[3] as Readable)
  await once(init.stdout!, 'data')
  while (!handlesTerm(init.pid!)) await turn()
  let isOver = false
  const ended = once(init, 'exit').then(() => (isOver = true))
  while (!isOver) {
    init.kill('SIGTERM')
    await turn()
  }
  await ended
  return (await code).trim()
}

it('tells the exit code of a command also when it ends while it is told to stop once more', async () => {
  const codes = []
  for (let i = 0; i < 40; i++) codes.push(await stopHastily())
  expect(new Set(codes)).toEqual(new Set(['0']))
})
