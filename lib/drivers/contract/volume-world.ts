import { expect } from 'vitest'
import type { ContainerSpec, StepIo } from '../driver.ts'
import type { Volumes, VolumeSpec } from '../volumes.ts'
import { freshName, makeSpec, owner, recordIo, type Opened } from './world.ts'

/** What tests of volumes have in common. */
export function openVolumes(world: Opened) {
  const volumes = (): Volumes => world().driver.volumes!
  const another = (): Volumes => world().another.volumes!

  async function placeOf(index: number): Promise<string> {
    return (await volumes().places()).at(index)!.place
  }

  async function newSpec(changes: Partial<VolumeSpec> = {}): Promise<VolumeSpec> {
    return { name: freshName('volume'), owner, place: await placeOf(0), sizeMb: 64, fence: 7, ...changes }
  }

  async function make(changes: Partial<VolumeSpec> = {}): Promise<VolumeSpec> {
    const spec = await newSpec(changes)
    await volumes().create(spec, recordIo())
    await volumes().attach(spec, recordIo())
    return spec
  }

  async function specOn(volume: VolumeSpec, behaviour: Parameters<typeof makeSpec>[1], changes: Partial<ContainerSpec> = {}): Promise<ContainerSpec> {
    return await makeSpec(world(), behaviour, { volume: volume.name, place: volume.place, port: false, owner: volume.owner, ...changes })
  }

  /** What a container says of a run on that volume. */
  async function say(volume: VolumeSpec, behaviour: Parameters<typeof makeSpec>[1]): Promise<string[]> {
    const spec = await specOn(volume, behaviour)
    const io = recordIo()
    expect(await world().driver.runOnce(spec, io)).toBe(0)
    await world().driver.remove(spec)
    return io.texts(spec.name)
  }

  /** It fails at the first moment at which a runner learns that it has lost the operation, then at the second, until it gets through. */
  async function loseAtEveryMoment(act: (io: StepIo) => Promise<unknown>, after: () => Promise<unknown>): Promise<void> {
    for (let moment = 1, lost = true; lost; moment++) {
      let guarded = 0
      const stale = { ...recordIo(), guard: () => (++guarded >= moment ? Promise.reject(new Error('not yours')) : Promise.resolve()) }
      lost = await act(stale).then(() => false, (error: Error) => {
        expect(error.message).toBe('not yours')
        return true
      })
      if (moment === 1) expect(lost).toBe(true)
      await after()
    }
  }

  return { volumes, another, placeOf, newSpec, make, specOn, say, loseAtEveryMoment }
}
