import { statfs } from 'node:fs/promises'
import Docker from 'dockerode'
import { Refusal } from '../../refusal.ts'
import type { Fact } from '../registration.ts'
import { mayNotOpen, statusOf, within, wordsOf } from './engine.ts'

/** A person waits. */
const limitMs = 5000

interface Info {
  ID: string
  OperatingSystem: string
  OSType: string
  Architecture: string
  NCPU: number
  MemTotal: number
  DockerRootDir: string
}

/** What is at that socket, asked once. @throws Refusal `unavailable` when it is no engine, or none that answers. */
export async function probe(socketPath: string): Promise<{ id: string; facts: Fact[] }> {
  const docker = new Docker({ socketPath })
  const limit = AbortSignal.timeout(limitMs)
  try {
    const { Version, ApiVersion } = await within(limit, docker.version())
    const info = (await within(limit, docker.info())) as Info
    if (!Version || !info.ID) throw new Error('what answers there is no Docker engine')
    // Older engines of one machine share their id; what they keep they keep apart.
    return { id: `${info.ID} at ${info.DockerRootDir}`, facts: await factsOf(`Docker ${Version}, API ${ApiVersion}`, info) }
  } catch (error) {
    const text = reasonOf(error, socketPath, limit)
    throw new Refusal('unavailable', text, { 'settings.socketPath': text })
  }
}

async function factsOf(version: string, { OperatingSystem, OSType, Architecture, NCPU, MemTotal, DockerRootDir }: Info): Promise<Fact[]> {
  return [
    { name: 'Version', value: version },
    { name: 'Platform', value: `${OSType}/${Architecture}, ${OperatingSystem}` },
    { name: 'Processors', value: String(NCPU) },
    { name: 'Memory', value: gigabytes(MemTotal) },
    { name: 'Disk', value: await diskOf(DockerRootDir) },
  ]
}

/** Over a Unix socket its folder is on this machine, though perhaps out of Davit's sight. */
async function diskOf(folder: string): Promise<string> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder)
    return `${gigabytes(bavail * bsize)} free of ${gigabytes(blocks * bsize)}, at ${folder}`
  } catch {
    return `at ${folder}, which Davit cannot see`
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`

function reasonOf(error: unknown, socketPath: string, limit: AbortSignal): string {
  if (limit.aborted) return `The engine at ${socketPath} has not answered within ${limitMs / 1000} s.`
  if (statusOf(error) !== null) return `The engine at ${socketPath} answers: ${wordsOf(error)}.`
  switch ((error as { code?: string }).code) {
    case 'ENOENT':
      return `There is no socket at ${socketPath}. Is the engine running?`
    case 'ECONNREFUSED':
      return `Nobody listens at ${socketPath}. Is the engine running?`
    case 'EACCES':
    case 'EPERM':
      return mayNotOpen(socketPath)
    default:
      return `There is no engine to speak to at ${socketPath}: ${wordsOf(error)}.`
  }
}
