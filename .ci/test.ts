import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Runs every suite there is, one after the other, and ends with what failed and the sum: `N passed, N failed`.
 * What failed is said again at the end because of a long output often only the end is kept.
 */

interface Sum {
  passed: number
  failed: number
  /** What a reader needs to find each failure; without it, the suite's last lines have to do. */
  why?: string
}

interface Suite {
  name: string
  /** False: not on this machine. */
  when?: boolean
  /** Node's arguments. */
  args: string[]
  /** Without that file there is no such suite yet. */
  needs: string
  count: (exitCode: number | null, lastLine: string, errors: string) => Sum
}

interface VitestFile {
  name: string
  status: string
  message: string
  assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
}

interface PlaywrightSuite {
  file: string
  suites?: PlaywrightSuite[]
  specs?: { title: string; ok: boolean; tests: { status: string; results: { errors: { message?: string }[] }[] }[] }[]
}

const root = join(import.meta.dirname, '..')
const results = join(root, 'test-results')
const vitestResult = join(results, 'vitest.json')
const playwrightResult = join(results, 'playwright.json')

/** One thing that goes well or does not. */
const asOne: Suite['count'] = (code) => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

/** Programs of ours say it as their last line themselves. */
const asSaid: Suite['count'] = (code, lastLine) => {
  const said = /^(\d+) passed, (\d+) failed$/.exec(lastLine)
  const sum = said ? { passed: Number(said[1]), failed: Number(said[2]) } : { passed: 0, failed: 1 }
  return code !== 0 && sum.failed === 0 ? { ...sum, failed: 1 } : sum
}

const asVitest: Suite['count'] = (code, _, errors) => {
  const result = readResult<{ numPassedTests: number; numFailedTests: number; testResults: VitestFile[] }>(vitestResult)
  if (!result) return { passed: 0, failed: 1 }
  // A file that cannot be loaded, or prepared by its hooks, has no test that failed.
  const unloaded = result.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'))
  const skipped = process.env.DAVIT_TEST_DOCKER === '1' ? result.testResults.filter(({ name }) => name.includes('/lib/drivers/docker/')).flatMap(skippedTests) : []
  const failed = result.numFailedTests + unloaded.length + skipped.length
  const tests = result.testResults.flatMap((file) =>
    file.assertionResults.filter((test) => test.status === 'failed').map((test) => `${file.name}\n${test.fullName}\n${test.failureMessages.join('\n')}`),
  )
  const why = [...unloaded.map((file) => `${file.name}\n${file.message || errors}`), ...tests, ...skipped].join('\n\n')
  return { passed: result.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed, why }
}

function skippedTests({ name, assertionResults }: VitestFile): string[] {
  const skipped = assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed')
  return skipped.map(({ fullName }) => `${name}\n${fullName}\nIt was skipped, and where there has to be a Docker engine nothing of its driver may be.`)
}

const asPlaywright: Suite['count'] = (code) => {
  const result = readResult<{ stats: { expected: number; unexpected: number; flaky: number }; suites: PlaywrightSuite[] }>(playwrightResult)
  if (!result) return { passed: 0, failed: 1 }
  const { expected, unexpected, flaky } = result.stats
  // Passing at the second try is failing.
  const failed = unexpected + flaky
  return { passed: expected, failed: code !== 0 && failed === 0 ? 1 : failed, why: result.suites.flatMap(brokenSpecs).join('\n\n') }
}

function brokenSpecs({ file, suites = [], specs = [] }: PlaywrightSuite): string[] {
  const broken = specs.filter((spec) => spec.tests.some((test) => test.status === 'unexpected' || test.status === 'flaky'))
  const said = broken.map((spec) => {
    const errors = spec.tests.flatMap((test) => test.results.flatMap((result) => result.errors.map((error) => error.message ?? '')))
    return `${file}\n${spec.title}\n${errors.join('\n')}`
  })
  return [...said, ...suites.flatMap(brokenSpecs)]
}

const suites: Suite[] = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit'], needs: 'tsconfig.json', count: asOne },
  { name: 'lint', args: ['node_modules/oxlint/bin/oxlint', 'app', 'components', 'lib', 'drizzle', 'e2e', '.ci'], needs: 'node_modules/oxlint', count: asOne },
  {
    name: 'unit',
    args: ['node_modules/vitest/vitest.mjs', 'run', '--config', '.ci/vitest.config.ts', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestResult}`],
    needs: '.ci/vitest.config.ts',
    count: asVitest,
  },
  { name: 'build', args: ['lib/start/build.ts'], needs: 'lib/start/build.ts', count: asOne },
  { name: 'e2e', args: ['node_modules/@playwright/test/cli.js', 'test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json'], needs: 'e2e/playwright.config.ts', count: asPlaywright },
  { name: 'chaos', args: ['e2e/chaos/main.ts', '--seconds', '30'], needs: 'e2e/chaos/main.ts', count: asSaid },
  // Of that seed the engine is restarted in the first seconds, a runner killed, and a container.
  { name: 'chaos on docker', when: process.env.DAVIT_TEST_DOCKER === '1', args: ['e2e/chaos/main.ts', '--seconds', '20', '--seed', '15', '--driver', 'docker'], needs: 'e2e/chaos/main.ts', count: asSaid },
  { name: 'mutants', args: ['.ci/mutants.ts'], needs: '.ci/mutants.ts', count: asSaid },
]

function readResult<Result>(file: string): Result | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result) : null
}

async function run({ name, args, count }: Suite): Promise<Sum> {
  console.log(`\n── ${name}`)
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightResult },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let tail = ''
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk)
    errors = (errors + chunk).slice(-4000)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    tail = (tail + chunk).slice(-4000)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  const sum = count(code, tail.trimEnd().split('\n').at(-1) ?? '', errors.trim())
  console.log(`── ${name}: ${sum.passed} passed, ${sum.failed} failed`)
  return sum.failed > 0 ? { ...sum, why: sum.why || tail.trimEnd() } : sum
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results)
const wanted = process.argv.slice(2)
const total = { passed: 0, failed: 0 }
const failures: string[] = []
for (const suite of suites) {
  if (wanted.length > 0 ? !wanted.includes(suite.name) : suite.when === false || !existsSync(join(root, suite.needs))) continue
  const { passed, failed, why } = await run(suite)
  if (failed > 0) failures.push(`── ${suite.name} failed\n${why}`)
  total.passed += passed
  total.failed += failed
}
if (failures.length > 0) console.log(`\n${failures.join('\n\n')}`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
console.log(`\n${total.passed} passed, ${total.failed} failed`)
