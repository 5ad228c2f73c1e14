import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, type Git } from './open.ts'
import { endLeft } from './process.ts'

/** Of whom there is a cache, a turn, git at work or a tree it wrote, or what a crash left of writing those. */
export function ownersOf({ folder }: Git): number[] {
  const owners = readdirSync(join(folder, 'git')).map(ownerOf).filter((owner) => owner !== null)
  return [...new Set(owners)]
}

export async function forgetCaches(git: Git, owner: number): Promise<void> {
  await endLeft(cachePath(git, owner))
  const folder = join(git.folder, 'git')
  for (const entry of readdirSync(folder)) if (ownerOf(entry) === owner) await rm(join(folder, entry), { recursive: true, force: true })
}

function ownerOf(entry: string): number | null {
  const owner = /^(\d+)(-(turn|process|tree).*)?$/.exec(entry)?.[1]
  return owner === undefined ? null : Number(owner)
}
