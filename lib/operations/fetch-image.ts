import type { z } from 'zod'
import { apps, type ImageRow, type ManifestRow } from '#drizzle/schema.ts'
import { db } from '../db/client.ts'
import { eq } from 'drizzle-orm'
import { parseManifest } from '../release/manifest.ts'
import type { Builder, Hands } from '../runner/define.ts'
import { unseal } from '../secret/seal.ts'
import { appOf } from './roll-out.ts'

export interface Wanted {
  /** A branch, tag or commit; undefined: the app's own. */
  ref?: string | undefined
  /** The version to have again, when it is known. */
  version?: string | undefined
}

/** Has the image there, from the first source that answers. */
export function fetchImage<Schema extends z.ZodType, Before extends Wanted>(before: Builder<Schema, Before>) {
  return before.step('fetch and build the image', {
    makes: () => 1,
    limitSeconds: 3600,
    undoes: 'stop the build',
    run: (known: Before, hands) => pull(known, hands),
    compensate: async (_known, hands) => {
      const driver = await hands.driver()
      await driver.remove({ name: hands.names[0]! })
    },
  })
}

async function pull({ ref, version }: Wanted, hands: Hands): Promise<{ image: ImageRow; manifest: ManifestRow }> {
  const [app] = await db.select().from(apps).where(eq(apps.id, appOf(hands)))
  const sources = app!.sources.map(({ url, credential }) => ({ url, credential: credential === null ? null : unseal(credential) }))
  hands.hide(sources.flatMap(({ credential }) => credential ?? []))
  const driver = await hands.driver()
  const pulled = await driver.pull(
    {
      name: hands.names[0]!,
      owner: { id: app!.id, handle: app!.handle },
      sources,
      ref: ref ?? app!.ref,
      version: version ?? null,
      buildCommand: app!.buildCommand,
      variables: {},
      fence: hands.operation.fence,
    },
    hands.io,
  )
  const manifest = parseManifest(pulled.procfile, pulled.davitYml)
  hands.log(`${pulled.made ? 'Built' : 'Already there:'} ${pulled.version}, with ${Object.keys(manifest.services).join(', ')}`)
  return { image: { id: pulled.id, version: pulled.version, ref: ref ?? app!.ref }, manifest }
}
