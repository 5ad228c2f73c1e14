import { expect, test } from 'vitest'
import type { Driver, LogLine } from '../drivers/driver.ts'
import { readContainerLog } from './read-container-log.ts'

const line = (position: number): LogLine => ({ at: new Date(0), stream: 'stdout', text: `line ${position}`, position })

test('gives the last lines of a long output and where to go on', async () => {
  const logs: Driver['logs'] = async function* (_container, from) {
    for (let n = from + 1; n <= 9000; n++) yield line(n)
  }
  const { lines, position } = await readContainerLog({ logs } as Driver, 'web', 0)
  expect(lines).toHaveLength(2000)
  expect(lines.at(-1)?.text).toBe('line 9000')
  expect(position).toBe(9000)
})

test('does not wait for a container that is silent', async () => {
  const logs: Driver['logs'] = async function* (_container, _from, signal) {
    yield line(1)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  }
  expect((await readContainerLog({ logs } as Driver, 'web', 0)).lines).toHaveLength(1)
})
