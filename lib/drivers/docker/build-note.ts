import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerName } from '../driver.ts'
import { readIfThere, writeAtomically } from '../machine/atomic-file.ts'
import { engineName } from './labels.ts'
import type { DockerStack } from './open.ts'

/** Of a build that has begun: what the engine makes on the way carries no labels, and would belong to nobody after a runner's death. */
interface BuildNote {
  name: ContainerName
  owner: number
  /** Short ids of images, oldest first. */
  layers: string[]
}

export function beginNote(stack: DockerStack, owner: number, name: ContainerName): void {
  mkdirSync(folderOf(stack), { recursive: true, mode: 0o700 })
  // A build that is begun again goes on from the layers it has.
  if (lookUpNote(stack, name) === null) writeAtomically(pathOf(stack, name), `${owner}\n`)
}

export function noteLayer(stack: DockerStack, name: ContainerName, layer: string): void {
  appendFileSync(pathOf(stack, name), `${layer}\n`)
}

export function lookUpNote(stack: DockerStack, name: ContainerName): BuildNote | null {
  const text = readIfThere(pathOf(stack, name))
  if (text === null) return null
  const [owner, ...layers] = text.trimEnd().split('\n')
  return { name, owner: Number(owner), layers }
}

export function listNotes(stack: DockerStack): BuildNote[] {
  mkdirSync(folderOf(stack), { recursive: true, mode: 0o700 })
  return readdirSync(folderOf(stack)).map((name) => lookUpNote(stack, name)).filter((note) => note !== null)
}

export function endNote(stack: DockerStack, name: ContainerName): void {
  rmSync(pathOf(stack, name), { force: true })
}

const folderOf = ({ folder }: DockerStack) => join(folder, 'builds')

function pathOf(stack: DockerStack, name: ContainerName): string {
  // Refuses what cannot be a name.
  engineName(stack.realm, name)
  return join(folderOf(stack), name)
}
