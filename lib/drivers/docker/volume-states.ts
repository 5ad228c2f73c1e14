import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import type { VolumeName, VolumeState } from '../volumes.ts'
import type { VolumeRecord } from '../machine/volume-records.ts'
import { megabyte } from '../megabyte.ts'
import { wordsOf } from './engine.ts'
import { engineName, filtersOf, label, type Labels } from './labels.ts'
import type { DockerStack } from './open.ts'
import { onlyPlace } from './place.ts'

/** How long the engine may add up what its volumes hold, which on a large one takes a while. */
const sizesLimitMs = 20_000
const againMs = 100

/** What the engine knows of a volume of ours. */
interface Known {
  Name: string
  Labels: Labels
  usedMb: number | null
}

/** @throws Refusal where the engine does not say */
export async function usedMbOf(stack: DockerStack, name: VolumeName, io: StepIo): Promise<number> {
  const { usedMb = null } = (await listKnown(stack, io)).find(({ Name }) => Name === engineName(stack.realm, name)) ?? {}
  if (usedMb === null) throw new Refusal('unavailable', `The engine does not say how much the volume ${name} holds.`)
  return usedMb
}

export async function stateOfVolume(stack: DockerStack, name: VolumeName): Promise<VolumeState | null> {
  const record = stack.volumes.lookUp(name)
  return record?.whole ? stateOf(stack, record, await listKnown(stack, null)) : null
}

/** Also those whose record was lost with the folder that it was in: they belong to nobody, and are left. */
export async function listVolumes(stack: DockerStack): Promise<VolumeState[]> {
  const known = await listKnown(stack, null)
  const records = stack.volumes.list()
  const unrecorded = known.filter(({ Labels }) => records.every(({ name }) => name !== Labels[label.volume]))
  return [...records.map((record) => stateOf(stack, record, known)), ...unrecorded.map(stateOfUnrecorded)]
}

async function listKnown(stack: DockerStack, io: StepIo | null): Promise<Known[]> {
  const { docker, ask } = stack.engine
  const { Volumes } = await ask(io, (abortSignal) => docker.listVolumes({ filters: filtersOf(stack.realm), abortSignal }))
  if ((Volumes ?? []).length === 0) return []
  const sizes = await sizesOf(docker)
  return Volumes.map(({ Name, Labels }) => ({ Name, Labels: Labels ?? {}, usedMb: sizes.get(Name) ?? null }))
}

/** By the engine's own account, in megabytes; without those of which it says nothing, or not in time. */
async function sizesOf(docker: DockerStack['engine']['docker']): Promise<Map<string, number>> {
  const limit = AbortSignal.timeout(sizesLimitMs)
  for (;;) {
    try {
      const { Volumes } = await addUp(docker, limit)
      const known = (Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? -1] as const).filter(([, bytes]) => bytes >= 0)
      return new Map(known.map(([name, bytes]) => [name, Math.ceil(bytes / megabyte)]))
    } catch (error) {
      // Older engines do this for one at a time.
      if (limit.aborted || !/already running/.test(wordsOf(error))) return new Map()
      await pause(againMs)
    }
  }
}

interface Usage {
  Volumes: { Name: string; UsageData?: { Size: number } | null }[] | null
}

/** The client's own call of that name passes on neither the type nor an abort. */
function addUp(docker: DockerStack['engine']['docker'], abortSignal: AbortSignal): Promise<Usage> {
  return new Promise((answer, refuse) => {
    const heard = (error: Error | null, said: unknown) => (error ? refuse(error) : answer(said as Usage))
    docker.modem.dial({ path: '/system/df?type=volume', method: 'GET', abortSignal, statusCodes: { 200: true, 500: 'server error' } }, heard)
  })
}

function stateOf({ realm }: DockerStack, { name, owner, fence, place, sizeMb, attached }: VolumeRecord, known: Known[]): VolumeState {
  const found = known.find(({ Name }) => Name === engineName(realm, name))
  return { name, owner: owner.id, fence, place, reachable: found !== undefined, sizeMb, usedMb: found?.usedMb ?? null, attached: attached && found !== undefined }
}

function stateOfUnrecorded({ Name, Labels, usedMb }: Known): VolumeState {
  const of = (key: string) => Number(Labels[key] ?? 0)
  return { name: Labels[label.volume] ?? Name, owner: of(label.owner), fence: of(label.fence), place: onlyPlace, reachable: true, sizeMb: of(label.size), usedMb, attached: false }
}
