import { expect, it } from 'vitest'
import { buildOutput } from './build-output.ts'
import type { StepIo } from '../driver.ts'

type Logged = Parameters<StepIo['line']>[0]

/** What is logged of the builder's messages, as source, stream and text. */
async function logged(messages: string[]): Promise<string[]> {
  const lines: string[] = []
  const io = { line: async ({ source, stream, text }: Logged) => void lines.push(`${source} ${stream} ${text}`) }
  const output = buildOutput('build-1', io as StepIo, () => {})
  for (const message of messages) await output.push(message)
  await output.end()
  return lines
}

const red = (text: string) => `\u001b[91m${text}\u001b[0m`

it('tells what a command wrote to its stderr as such, without the colour that the builder gives it', async () => {
  const said = ['Step 2/3 : RUN paint', '\n', ' ---> Running in 0123456789ab\n', 'one\ntw', red('out of'), red(' paint\n'), 'o\n', red('no end'), 'Removing intermediate container 0123456789ab\n', ' ---> abcdef012345\n']
  expect(await logged(said)).toEqual([
    'davit stdout Step 2/3 : RUN paint',
    'davit stdout  ---> Running in 0123456789ab',
    'build-1 stdout one',
    'build-1 stderr out of paint',
    'build-1 stdout two',
    'build-1 stderr no end',
    'davit stdout Removing intermediate container 0123456789ab',
    'davit stdout  ---> abcdef012345',
  ])
})
