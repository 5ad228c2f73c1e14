import type { z } from 'zod'
import { apps } from '#drizzle/schema/app.ts'
import { type ImageRow, type ManifestRow } from '#drizzle/schema/release.ts'
import { isMistrusted } from '../container/identity.ts'
import { findNeeded } from '../container/unowned.ts'
import { db } from '../db/client.ts'
import { eq } from 'drizzle-orm'
import { ImageInUse } from '../drivers/driver.ts'
import { isDigest } from '../drivers/fetchable.ts'
import { parseManifest } from '../release/manifest.ts'
import type { Builder, Hands } from '../runner/define.ts'
import { unseal } from '../secret/seal.ts'
import { appOf, type Made } from './roll-out.ts'

export interface Wanted {
  /** A branch, tag or commit; undefined: the app's own. */
  ref?: string | undefined
  /** The version to have again, when it is known. */
  version?: string | undefined
  /** What built that version; undefined: the app's own. */
  buildCommand?: string | null | undefined
  /** Known once it is there. */
  image?: ImageRow | undefined
}

/** Has the image there, from the first source that answers. */
export function fetchImage<Schema extends z.ZodType, Before extends Wanted>(before: Builder<Schema, Before>) {
  return before.step('fetch and build the image', {
    ...building,
    undoes: ({ image, ref }: Partial<Wanted>) => (image ? 'remove the image, unless a release has it' : stopping(ref && isDigest(ref) ? ref : undefined)),
    run: (known: Before, hands) => pull(known, hands),
  })
}

/** The same for the image of a former release, which is kept as a rule. */
export function fetchAgain<Schema extends z.ZodType, Before extends Wanted>(before: Builder<Schema, Before>) {
  return before.step('fetch and build the image', {
    ...building,
    undoes: ({ image, version }: Partial<Wanted>) => (image ? null : stoppingAgain(version)),
    run: (known: Before, hands) => pull(known, hands),
  })
}

/** The same for a release that keeps the image it has: nothing is stopped before it is certain that the new can start. */
export function keepImage<Schema extends z.ZodType, Before extends Made & { imageIsThere?: boolean }>(before: Builder<Schema, Before>) {
  return before.step('have the image there', {
    ...building,
    undoes: ({ release, imageIsThere }: Partial<Made & { imageIsThere?: boolean }>) => (release === null || imageIsThere ? null : stoppingAgain(release?.image.version)),
    run: async ({ release }: Before, hands) => {
      if (release) await pull(release.image, hands)
      return { imageIsThere: true }
    },
  })
}

/** Of an image: a digest is a registry's, every other version a build's; undefined: it is not known. */
function stopping(version: string | undefined): string {
  if (version === undefined) return 'stop fetching or building the image'
  return isDigest(version) ? 'stop fetching the image' : 'stop building the image'
}

const stoppingAgain = (version: string | undefined) => `${stopping(version)}, if it is not there any more`

const building = {
  makes: () => 1,
  limitSeconds: 3600,
  compensate: async (_known: unknown, hands: Hands) => {
    const driver = await hands.driver()
    await driver.remove({ name: hands.names[0]! })
    await discardUnneeded(hands)
  },
}

/** What no release has, now that the operation's own is discarded. One that is in use is the sweep's: no app is blocked for want of this. */
async function discardUnneeded(hands: Hands): Promise<void> {
  const driver = await hands.driver()
  const app = appOf(hands)
  const isNeeded = async (image: string) => (await isMistrusted()) || (await findNeeded([app])).has(image)
  const kept = await driver.kept()
  for (const image of kept.find(({ owner }) => owner === app)?.images ?? []) {
    if (await isNeeded(image)) continue
    try {
      if (await driver.discardImage(image, app, () => isNeeded(image))) hands.log('Removed the image, which no release has.')
    } catch (error) {
      if (!(error instanceof ImageInUse)) throw error
      hands.log(error.message)
    }
  }
}

async function pull({ ref, version, buildCommand }: Wanted, hands: Hands): Promise<{ image: ImageRow; manifest: ManifestRow }> {
  const [app] = await db.select().from(apps).where(eq(apps.id, appOf(hands)))
  const sources = app!.sources.map(({ url, credential }) => ({ url, credential: credential === null ? null : unseal(credential) }))
  hands.hide(sources.flatMap(({ credential }) => credential ?? []))
  const command = buildCommand === undefined ? app!.buildCommand : buildCommand
  const driver = await hands.driver()
  const pulled = await driver.pull(
    {
      name: hands.names[0]!,
      owner: { id: app!.id, handle: app!.handle },
      sources,
      ref: ref ?? app!.ref,
      version: version ?? null,
      buildCommand: command,
      variables: {},
      fence: hands.operation.fence,
    },
    hands.io,
  )
  const manifest = parseManifest(pulled.procfile, pulled.davitYml)
  hands.log(`${pulled.made ? 'Ready:' : 'Already there:'} ${pulled.version}, with ${Object.keys(manifest.services).join(', ')}`)
  return { image: { id: pulled.id, version: pulled.version, ref: ref ?? app!.ref, buildCommand: command }, manifest }
}
