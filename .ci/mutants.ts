import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mutant, mutants } from './mutants/list.ts'

/** Breaks the runner on purpose, one promise at a time, and expects its tests to notice each. Says `N passed, N failed` as its last line. */

const root = join(import.meta.dirname, '..')
/** By then a test that a mutant leaves hanging is noticed. Without any mutant a slow machine may take longer. */
const mutantTimeoutMs = 20_000
const lanes = Math.min(2, availableParallelism())

/** Broken: it does not fit the code any more, or the tests could not even begin. */
type Verdict = 'killed' | 'survived' | 'broken'

/** What the tests need, so that a mutant never touches the checkout. */
async function copyHouse(): Promise<string> {
  const house = await mkdtemp(join(tmpdir(), 'davit-mutants-'))
  for (const part of ['lib', 'drizzle', 'package.json', 'tsconfig.json', '.ci/vitest.config.ts']) {
    await cp(join(root, part), join(house, part), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(house, 'node_modules'))
  return house
}

interface Result {
  numPassedTests: number
  numFailedTests: number
}

async function runTests(house: string, files: string[], more: string[] = []): Promise<Result | null> {
  const result = join(house, 'result.json')
  await rm(result, { force: true })
  const args = ['run', '--config', '.ci/vitest.config.ts', '--bail=1', '--reporter=json', `--outputFile=${result}`]
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args, ...more, ...files], { cwd: house, stdio: 'ignore' })
  await once(child, 'exit')
  const text = await readFile(result, 'utf8').catch(() => null)
  return text === null ? null : (JSON.parse(text) as Result)
}

const filesOf = (tests: string[]) => tests.map((test) => `lib/runner/${test}.test.ts`)

async function judge(house: string, { edits, tests, only }: Mutant): Promise<Verdict> {
  const originals = new Map<string, string>()
  try {
    for (const { file, from, to } of edits) {
      const path = join(house, file)
      const text = await readFile(path, 'utf8')
      if (!originals.has(path)) originals.set(path, text)
      if (text.split(from).length !== 2) return 'broken'
      await writeFile(path, text.replace(from, () => to))
    }
    const result = await runTests(house, filesOf(tests), [`--testTimeout=${mutantTimeoutMs}`, ...(only ? ['-t', only] : [])])
    if (result === null || result.numFailedTests + result.numPassedTests === 0) return 'broken'
    return result.numFailedTests > 0 ? 'killed' : 'survived'
  } finally {
    for (const [path, text] of originals) await writeFile(path, text)
  }
}

/** Tests that fail anyway would kill every mutant. */
async function passUnbroken(house: string, of: Mutant[]): Promise<boolean> {
  const result = await runTests(house, filesOf([...new Set(of.flatMap(({ tests }) => tests))]))
  return result !== null && result.numFailedTests === 0 && result.numPassedTests > 0
}

const began = performance.now()
/** `npm run mutants -- fence`: only those whose names have that word. */
const wanted = process.argv[2] ?? ''
const queue = mutants.filter(({ name }) => name.includes(wanted))
const houses = await Promise.all(Array.from({ length: lanes }, copyHouse))
const verdicts: Verdict[] = []
try {
  if (!(await passUnbroken(houses[0]!, queue))) {
    console.log('the tests fail without any mutant')
    verdicts.push('broken')
  } else {
    await Promise.all(
      houses.map(async (house) => {
        for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
          const verdict = await judge(house, mutant)
          verdicts.push(verdict)
          console.log(`${verdict.padEnd(8)}  ${mutant.name}`)
        }
      }),
    )
  }
} finally {
  await Promise.all(houses.map((house) => rm(house, { recursive: true })))
}
const passed = verdicts.filter((verdict) => verdict === 'killed').length
console.log(`in ${Math.round((performance.now() - began) / 1000)} s`)
console.log(`${passed} passed, ${verdicts.length - passed} failed`)
process.exit(passed === verdicts.length ? 0 : 1)
