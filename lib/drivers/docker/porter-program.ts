import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, readFileSync } from 'node:fs'
import type { Copied } from '../volumes.ts'
import { copyTree } from '../files/copy-tree.ts'
import { Folder, within } from '../files/tree.ts'
import { writeFile } from '../files/write-file.ts'
import type { CopyErrand, Errand, Said } from './porter.ts'

/** Runs alone in a container, beside nothing but its own modules, with the volumes at these folders. */
const [from, to] = ['/from', '/to']
const tellMs = 500

const say = (said: Said) => void process.stdout.write(`${JSON.stringify(said)}\n`)

async function carryOut(errand: Errand): Promise<Copied> {
  if (errand.what === 'copy') return await copy(errand)
  const { uid } = errand
  if (errand.what === 'write') await writeFile(to, errand.path, errand.text, uid)
  else {
    chownSync(to, uid, uid)
    chmodSync(to, 0o700)
  }
  return { files: 0, bytes: 0 }
}

async function copy({ only, except, uid, sameBeforeNs }: CopyErrand): Promise<Copied> {
  const copied = { files: 0, bytes: 0 }
  let next = performance.now() + tellMs
  const changing = async () => {
    if (performance.now() < next) return
    say({ bytes: copied.bytes })
    next = performance.now() + tellMs
  }
  const copying = { only, except, uid, copied, changing, sameBeforeNs: sameBeforeNs === null ? null : BigInt(sameBeforeNs) }
  await within(await Folder.open(from), async (source) => await within(await Folder.open(to), (target) => copyTree(source, target, copying)))
  execFileSync('/bin/sync', ['-f', to])
  return copied
}

try {
  say({ done: await carryOut(JSON.parse(readFileSync('/errand', 'utf8')) as Errand) })
} catch (error) {
  const { code = null, message } = error as NodeJS.ErrnoException
  say({ failed: message, code })
}
