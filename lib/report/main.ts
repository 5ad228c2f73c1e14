import { createReadStream, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { config } from '../config.ts'
import { sql } from '../db/client.ts'
import { isKeyThere } from '../secret/key.ts'
import { sealsEqual } from './seal.ts'
import { lookUpSealBefore, sealOfFile, verifyReports } from './verify.ts'

/**
 * npm run verify-reports                                recomputes every report; exit code 1 names what does not match
 * npm run verify-reports -- FILE SEAL [SEAL-BEFORE]     checks a downloaded file against the seals that came with it
 */
async function verifyAll(): Promise<boolean> {
  const { reports, findings } = await verifyReports(({ environment, week, problem }) => console.error(`${environment} ${week}: ${problem}.`))
  const first = findings[0]
  if (first) console.error(`\n${findings.length} of ${reports} reports do not match or are missing; the first is ${first.environment} ${first.week}.`)
  else console.log(`All ${reports} reports match their operations, their seals and each other, and none is missing.`)
  return first === undefined
}

async function verifyFile(file: string, seal: string, given: string | undefined): Promise<boolean> {
  const sealBefore = given ?? (await lookUpSealBefore(seal))
  if (sealBefore === null) {
    console.error('No report here has this seal. Give the seal before it too: it came with the download as Davit-Seal-Before.')
    return false
  }
  const matches = sealsEqual(await sealOfFile(createReadStream(file), sealBefore), seal)
  console[matches ? 'log' : 'error'](matches ? `${file} is what was sealed.` : `${file} is not what was sealed.`)
  return matches
}

function problemOf(): string | null {
  if (!isKeyThere()) return `There is no secret key in ${config.dataPath}. Run this with the DAVIT_DATA and DAVIT_SECRET_KEY that Davit runs with.`
  if (file === undefined) return null
  if (!seal || sealBefore === '') return 'Give the file and its seal: npm run verify-reports -- FILE SEAL [SEAL-BEFORE]'
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? null : `There is no file ${file}.`
}

const { positionals } = parseArgs({ allowPositionals: true })
const [file, seal, sealBefore] = positionals
const problem = problemOf()
if (problem !== null) {
  console.error(problem)
  process.exit(1)
}
try {
  process.exitCode = (await (file === undefined ? verifyAll() : verifyFile(file, seal!, sealBefore))) ? 0 : 1
} finally {
  await sql.end()
}
