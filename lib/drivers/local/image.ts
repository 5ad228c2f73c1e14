import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import type { ImageId, PullRequest } from '../driver.ts'
import type { Declared } from '../git/declared.ts'
import { readIfThere, writeAtomically } from '../machine/atomic-file.ts'
import type { Local } from './open.ts'

export interface ImageRecord {
  id: ImageId
  version: string
  procfile: string | null
  davitYml: string | null
}

/** What is on disk beside a tree: first the promise of an image, so that what a dead runner left is known; the rest when it is finished. */
type ImageNote = { owner?: number; unfinished?: true } & Partial<ImageRecord>

/** The same for the same owner, commit and build, so that an image is known before it is made. */
export function imageId({ owner, buildCommand }: Pick<PullRequest, 'owner' | 'buildCommand'>, commit: string): ImageId {
  const digest = createHash('sha256').update(JSON.stringify([owner.id, commit, buildCommand])).digest('hex')
  return `${commit.slice(0, 10)}-${digest.slice(0, 16)}`
}

/** Relative to the stack's folder. */
export function imagePath(image: ImageId): string {
  if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(image)) throw new Refusal('not_found', `There is no image "${image.slice(0, 40)}" on this stack.`)
  return join('images', image)
}

export function lookUpImage(local: Local, image: ImageId): ImageRecord | null {
  const { owner: _, unfinished, ...record } = readNote(local, image) ?? { unfinished: true }
  return unfinished ? null : (record as ImageRecord)
}

/** Before anything of it is made. */
export function beginImage(local: Local, owner: number, image: ImageId): void {
  writeNote(local, image, { owner, unfinished: true })
}

export function finishImage(local: Local, owner: number, image: ImageRecord): void {
  writeNote(local, image.id, { owner, ...image })
}

/** It counts as unfinished from the start of this, and is known of until the end. */
export async function removeImage(local: Local, image: ImageId): Promise<void> {
  const path = join(local.folder, imagePath(image))
  const note = readNote(local, image)
  if (note !== null) writeNote(local, image, { ...note, unfinished: true })
  await rm(path, { recursive: true, force: true })
  await rm(`${path}.json`, { force: true })
}

/** By owner. An image of a Davit that did not note the owner yet is left out. */
export function listImages(local: Local): Map<number, ImageId[]> {
  const found = new Map<number, ImageId[]>()
  for (const entry of readdirSync(join(local.folder, 'images'))) {
    if (!entry.endsWith('.json')) continue
    const image = entry.slice(0, -'.json'.length)
    const owner = readNote(local, image)?.owner
    if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), image])
  }
  return found
}

function readNote(local: Local, image: ImageId): ImageNote | null {
  const text = readIfThere(join(local.folder, `${imagePath(image)}.json`))
  return text === null ? null : (JSON.parse(text) as ImageNote)
}

function writeNote(local: Local, image: ImageId, note: ImageNote): void {
  writeAtomically(join(local.folder, `${imagePath(image)}.json`), JSON.stringify(note))
}

/** An app that declares nothing to run is none. */
export function withProcfile({ procfile, davitYml }: Declared): Declared & { procfile: string } {
  if (procfile !== null) return { procfile, davitYml }
  throw new Refusal('invalid', 'There is no Procfile at the root of the repository. Add one with a line for each service, such as "web: node server.js", and deploy again.')
}
