import type { StepIo, VolumeName, VolumeState } from '../driver.ts'
import type { VolumeRecord } from '../machine/volume-records.ts'
import { engineName, label, type Labels } from './labels.ts'
import type { DockerStack } from './open.ts'
import { onlyPlace } from './place.ts'

const megabyte = 1024 ** 2

/** By the engine's own account, which adds up what they hold. */
interface Usage {
  Name: string
  Labels: Labels | null
  /** In bytes; -1 where it cannot be told. */
  UsageData?: { Size: number } | null
}

/** Of ours. */
async function listUsage(stack: DockerStack, io: StepIo | null): Promise<Usage[]> {
  const { docker, ask } = stack.engine
  const { Volumes } = await ask(io, (abortSignal) => dial<{ Volumes: Usage[] | null }>(docker, '/system/df?type=volume', abortSignal))
  return (Volumes ?? []).filter(({ Labels }) => Labels?.[label.realm] === stack.realm)
}

/** The client's own call of that name passes on neither the type nor an abort. */
function dial<Answer>(docker: DockerStack['engine']['docker'], path: string, abortSignal: AbortSignal): Promise<Answer> {
  return new Promise((answer, refuse) => {
    const heard = (error: Error | null, said: unknown) => (error ? refuse(error) : answer(said as Answer))
    docker.modem.dial({ path, method: 'GET', abortSignal, statusCodes: { 200: true, 500: 'server error' } }, heard)
  })
}

export async function usedMbOf(stack: DockerStack, name: VolumeName, io: StepIo): Promise<number> {
  return usedMb(find(stack, await listUsage(stack, io), name)) ?? 0
}

export async function stateOfVolume(stack: DockerStack, name: VolumeName): Promise<VolumeState | null> {
  const record = stack.volumes.lookUp(name)
  return record?.whole ? stateOf(record, find(stack, await listUsage(stack, null), name)) : null
}

/** Also those whose record was lost with the folder that it was in: they belong to nobody, and are left. */
export async function listVolumes(stack: DockerStack): Promise<VolumeState[]> {
  const usage = await listUsage(stack, null)
  const known = stack.volumes.list()
  const unknown = usage.filter(({ Labels }) => known.every(({ name }) => name !== Labels?.[label.volume]))
  return [...known.map((record) => stateOf(record, find(stack, usage, record.name))), ...unknown.map(stateOfUnknown)]
}

const find = ({ realm }: DockerStack, usage: Usage[], name: VolumeName) => usage.find(({ Name }) => Name === engineName(realm, name)) ?? null

function usedMb(usage: Usage | null): number | null {
  const bytes = usage?.UsageData?.Size ?? -1
  return bytes < 0 ? null : Math.ceil(bytes / megabyte)
}

function stateOf({ name, owner, fence, place, sizeMb, attached }: VolumeRecord, usage: Usage | null): VolumeState {
  return { name, owner: owner.id, fence, place, reachable: usage !== null, sizeMb, usedMb: usedMb(usage), attached: attached && usage !== null }
}

function stateOfUnknown(usage: Usage): VolumeState {
  const of = (key: string) => Number(usage.Labels?.[key])
  return { name: usage.Labels?.[label.volume] ?? usage.Name, owner: of(label.owner), fence: of(label.fence), place: onlyPlace, reachable: true, sizeMb: of(label.size), usedMb: usedMb(usage), attached: false }
}
