import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { databaseTypes } from '../lib/database/types/index.ts'

const root = join(import.meta.dirname, '..')

/** Which rooms a room may import from, besides itself; `config`, `refusal`, `issue-words`, `sentence` and `secret` are for everybody in lib. */
const nouns = ['handle', 'environment', 'app', 'service', 'release', 'endpoint', 'database', 'stack', 'container']
const knownToNouns = [...nouns, 'drizzle', 'db', 'auth', 'activity', 'drivers', 'router']
/** Who may get in, and what they may do. */
const people = ['member', 'role']
const house: Record<string, string[]> = {
  config: [],
  refusal: [],
  'issue-words': [],
  sentence: [],
  secret: [],
  'postgres-package': [],
  drizzle: [],
  download: [],
  router: [],
  drivers: [],
  db: ['drizzle', 'postgres-package'],
  // Whoever does what is activity records it, in the same transaction.
  auth: ['drizzle', 'db'],
  activity: ['drizzle', 'db', 'auth', 'download'],
  ...Object.fromEntries(nouns.map((noun) => [noun, knownToNouns])),
  database: [...knownToNouns, 'postgres-package'],
  ...Object.fromEntries(people.map((noun) => [noun, [...people, 'drizzle', 'db', 'auth', 'activity']])),
  report: ['drizzle', 'db', 'auth', 'activity', 'download'],
  runner: ['drizzle', 'db', 'auth', 'activity', 'drivers'],
  operations: [...nouns, 'drizzle', 'db', 'auth', 'drivers', 'report', 'router', 'runner'],
  action: ['auth'],
  start: ['drizzle', 'db', 'auth', 'database', 'drivers', 'router'],
  stop: ['start'],
  components: ['action', 'activity', 'auth', 'drivers', 'operations', 'report', 'runner', ...nouns, ...people],
  app: ['components', 'activity', 'auth', 'download', 'drivers', 'operations', 'report', 'runner', ...nouns, ...people],
}
const forEverybody = ['config', 'refusal', 'issue-words', 'sentence', 'secret']
/** Where a process begins, its parts are put together. */
const entries = ['lib/runner/main.ts', 'lib/start.ts', 'lib/stop.ts', 'lib/router/main.ts']

interface Arrow {
  from: string
  to: string
  file: string
}

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => /\.tsx?$/.test(name) && !isTest(name))
}

function isTest(name: string): boolean {
  return /\.test\.|\/testing\.ts$|\/rehearsal\.ts$|\/contract|\/test-|world/.test(name)
}

/** `lib/app` and the screens' `app` are two rooms; the second is told by its path. */
function roomOf(path: string): string {
  const [top, second] = path.split('/') as [string, string]
  return top === 'lib' ? second.replace(/\.ts$/, '') : top
}

function arrowsOf(file: string): Arrow[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([#.][^']+)'/g)].map(([, source]) => {
    const target = source!.startsWith('#') ? source!.slice(1) : relative(root, join(root, dirname(file), source!))
    return { from: roomOf(file), to: roomOf(target), file: `${file} → ${target}` }
  })
}

function isAllowed({ from, to, file }: Arrow): boolean {
  const screens = file.startsWith('app/')
  const room = screens ? house.app! : from === 'app' ? house[nouns[0]!]! : house[from]
  return (from === to && !screens) || forEverybody.includes(to) || room?.includes(to) === true || (screens && to === 'app')
}

test('imports point down: app → components → lib → drizzle, and inside lib down again', () => {
  const arrows = ['lib', 'components', 'app', 'drizzle'].flatMap(files).filter((file) => !entries.includes(file)).flatMap(arrowsOf)
  expect(arrows.length).toBeGreaterThan(200)
  expect(arrows.filter((arrow) => !isAllowed(arrow)).map(({ file }) => file)).toEqual([])
})

test('no driver counts on another', () => {
  const driverOf = (path: string) => /^lib\/drivers\/(docker|local|memory)\//.exec(path)?.[1]
  const crossed = files('lib/drivers').flatMap(arrowsOf).filter(({ file }) => {
    const [from, to] = file.split(' → ').map((path) => driverOf(path))
    return from !== undefined && to !== undefined && from !== to
  })
  expect(crossed.map(({ file }) => file)).toEqual([])
})

test('a type of database is spoken of in its own files only', () => {
  const spoken = databaseTypes().flatMap(({ name, title }) => {
    const word = new RegExp(`\\b(${name}|${title})\\b`, 'i')
    const own = new RegExp(`^lib/database/types/(index|type|${name}(-[a-z]+)*)\\.ts$`)
    return ['lib', 'components', 'app', 'drizzle/schema'].flatMap(files).filter((file) => !own.test(file) && word.test(readFileSync(join(root, file), 'utf8')))
  })
  expect(spoken).toEqual([])
})

test('only lib/config.ts reads the process environment', () => {
  const readers = ['lib', 'components', 'app'].flatMap(files).filter((file) => /process\.env\b/.test(readFileSync(join(root, file), 'utf8')))
  expect(readers).toEqual(['lib/config.ts'])
})
