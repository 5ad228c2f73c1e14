import type { Preview, PreviewRequest } from '../driver.ts'
import { declaredBy } from '../git/declared.ts'
import { findCommit, refuseOddities } from '../git/find-commit.ts'
import { cachePath } from '../git/open.ts'
import { openRepository } from '../git/repository.ts'
import { inScratch } from '../git/scratch.ts'
import { inSlot } from '../look.ts'
import { inFreeTurn } from '../turn.ts'
import { withProcfile } from './image.ts'
import type { Local } from './open.ts'

export async function preview(local: Local, request: PreviewRequest, signal: AbortSignal): Promise<Preview | null> {
  refuseOddities({ ...request, version: null })
  signal.throwIfAborted()
  const { owner } = request
  const look = (cache: string) => lookInto(local, cache, request, signal)
  return await inSlot(local.lookLocks, async (slot) => {
    // What is fetched into the owner's own cache, the pull need not fetch again.
    const own = owner && (await inFreeTurn(local, owner.id, () => look(cachePath(local, owner.id))))
    return own ?? (await inScratch(local.git, slot, look))
  })
}

async function lookInto({ git }: Local, cache: string, { sources, ref }: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  const repository = await openRepository(git, cache, signal)
  const version = await findCommit(repository, { sources, ref, version: null }, signal, async () => {})
  return { version, declared: withProcfile(await declaredBy(repository, version, signal)) }
}
