import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { publishRun, type Run } from './run.ts'

const results = join(import.meta.dirname, '../../test-results')
/** The web may have to be built first. */
const startSeconds = 300

/** Starts the one Davit of this run, and returns what ends it. */
export default async function startDavit() {
  await mkdir(results, { recursive: true })
  const said = join(results, 'davit.log')
  const log = await open(said, 'w')
  // In a process group of its own: Ctrl-C ends the tests, and their end ends Davit.
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts')], { stdio: ['pipe', 'pipe', log.fd], detached: true })
  await log.close()
  const ended = once(keeper, 'exit')
  const stop = async () => {
    keeper.stdin?.end()
    await ended
  }
  try {
    const first = once(createInterface({ input: keeper.stdout! }), 'line', { signal: AbortSignal.timeout(startSeconds * 1000) })
    const [line] = (await Promise.race([first, ended.then(() => [])])) as string[]
    if (!line) throw new Error('Davit did not start.')
    publishRun(JSON.parse(line) as Run)
    return stop
  } catch (error) {
    await stop()
    throw new Error(`Davit is not ready:\n${await readFile(said, 'utf8')}`, { cause: error })
  }
}
