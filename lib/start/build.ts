import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inherited } from '../config.ts'
import { Refusal } from '../refusal.ts'

const root = join(import.meta.dirname, '../..')
const nextProgram = join(root, 'node_modules/next/dist/bin/next')
const stamp = join(root, '.next/davit-build')
const sources = ['{app,components,lib,drizzle,public}/**/*', '*.{json,ts,mjs}']

/** A sum over everything that goes into the build: modification times lie after a checkout. */
function sourcesSum() {
  const sum = createHash('sha256')
  const files = globSync(sources, { cwd: root, withFileTypes: true, exclude: ['**/*.test.{ts,tsx}', 'next-env.d.ts'] })
  for (const path of files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name)).sort()) {
    sum.update(`${path.slice(root.length)}\0`).update(readFileSync(path)).update('\0')
  }
  return sum.digest('hex')
}

const isBuilt = () => existsSync(join(root, '.next/BUILD_ID')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesSum()

/**
 * Builds the web unless this very tree is built already.
 * @throws Refusal `invalid` when it does not build; the compiler has said why.
 */
export async function buildWeb(): Promise<void> {
  if (isBuilt()) return
  console.log('Building the web for the first time, or since it changed. This takes a minute.')
  const sum = sourcesSum()
  const child = spawn(process.execPath, [nextProgram, 'build'], { cwd: root, env: { ...inherited, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }, stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Refusal('invalid', 'The web does not build.')
  writeFileSync(stamp, sum)
}

if (import.meta.main) {
  await buildWeb().catch((error: unknown) => {
    console.error(error instanceof Refusal ? error.message : error)
    process.exit(1)
  })
}
