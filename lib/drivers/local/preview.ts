import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preview, PreviewRequest } from '../driver.ts'
import { findCommit, refuseOddities } from './find-commit.ts'
import { cachePath, openRepository } from './git.ts'
import { endLeft } from './git-process.ts'
import { describeCommit } from './image.ts'
import type { Local } from './open.ts'
import { inFreeTurn } from './turn.ts'

/** At once, by all processes of Davit together: each may fetch as much as a pull does. */
const looksMax = 4

export async function preview(local: Local, request: PreviewRequest, signal: AbortSignal): Promise<Preview | null> {
  refuseOddities({ ...request, version: null })
  signal.throwIfAborted()
  const look = (cache: string) => lookInto(local, cache, request, signal)
  for (let slot = 0; slot < looksMax; slot++) {
    const found = await local.lookLocks.aloneIfFree(String(slot), async () => {
      // What is fetched into the owner's own cache, the pull need not fetch again.
      const own = request.owner && (await inFreeTurn(local, request.owner.id, () => look(cachePath(local, request.owner!.id))))
      return own ?? (await inScratch(local, slot, look))
    })
    if (found !== null) return found
  }
  return null
}

/** A cache that is gone afterwards; one that a killed process left goes before. */
async function inScratch(local: Local, slot: number, look: (cache: string) => Promise<Preview>): Promise<Preview> {
  const cache = join(local.folder, 'git', `look-${slot}`)
  await endLeft(cache)
  await rm(cache, { recursive: true, force: true })
  try {
    return await look(cache)
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

async function lookInto(local: Local, cache: string, { sources, ref }: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  const repository = await openRepository(local, cache, await local.uidOf('git'), signal)
  const version = await findCommit(repository, { sources, ref, version: null }, signal, async () => {})
  return { version, ...(await describeCommit((name, bytesMax) => repository.readFile(version, name, bytesMax, signal))) }
}
