import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import { readUntrusted, Unreadable } from '../machine/atomic-file.ts'
import type { Repository } from './repository.ts'

/** What an app declares at the root of its repository. */
export interface Declared {
  procfile: string | null
  davitYml: string | null
}

const bytesMax = 65_536

/** @throws Refusal `invalid` for what is there but is no file to read: to ignore it would be to deploy something else than was declared. */
export function declaredIn(tree: string): Declared {
  const read = (name: string) => {
    try {
      return readUntrusted(join(tree, name), bytesMax)
    } catch (error) {
      throw asRefusal(name, error)
    }
  }
  return { procfile: read('Procfile'), davitYml: read('davit.yml') }
}

/** The same of a commit that is not checked out. */
export async function declaredBy(repository: Repository, commit: string, signal: AbortSignal): Promise<Declared> {
  const read = async (name: string) => {
    try {
      return await repository.readFile(commit, name, bytesMax, signal)
    } catch (error) {
      throw asRefusal(name, error)
    }
  }
  return { procfile: await read('Procfile'), davitYml: await read('davit.yml') }
}

function asRefusal(name: string, error: unknown): unknown {
  if (!(error instanceof Unreadable)) return error
  if (error.found === 'link') return new Refusal('invalid', `${name} is a link; put the file itself into the repository.`)
  if (error.found === 'too large') return new Refusal('invalid', `${name} has ${error.bytes} bytes; ${bytesMax} is the limit.`)
  return new Refusal('invalid', `${name} is not a file; put a file of that name at the root of the repository.`)
}
