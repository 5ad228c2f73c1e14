import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import type { ImageId, PullRequest } from '../driver.ts'
import { readIfThere, readUntrusted, writeAtomically } from './atomic-file.ts'
import type { Local } from './open.ts'

/** Written last: an image without one is unfinished. */
export interface ImageRecord {
  id: ImageId
  version: string
  procfile: string
  davitYml: string | null
}

const descriptionBytesMax = 65_536

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
  const text = readIfThere(join(local.folder, `${imagePath(image)}.json`))
  return text === null ? null : (JSON.parse(text) as ImageRecord)
}

export function writeImage(local: Local, image: ImageRecord): void {
  writeAtomically(join(local.folder, `${imagePath(image.id)}.json`), JSON.stringify(image))
}

/** The record first, so that a half-removed image counts as unfinished. */
export async function removeImage(local: Local, image: ImageId): Promise<void> {
  const path = join(local.folder, imagePath(image))
  await rm(`${path}.json`, { force: true })
  await rm(path, { recursive: true, force: true })
}

export function readDescription(tree: string): Pick<ImageRecord, 'procfile' | 'davitYml'> {
  const procfile = readUntrusted(join(tree, 'Procfile'), descriptionBytesMax)
  if (procfile === null) {
    throw new Refusal('invalid', 'There is no Procfile at the root of the repository. Add one with a line for each service, such as "web: node server.js", and deploy again.')
  }
  return { procfile, davitYml: readUntrusted(join(tree, 'davit.yml'), descriptionBytesMax) }
}
