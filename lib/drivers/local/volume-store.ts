import { Refusal } from '../../refusal.ts'
import type { VolumeName } from '../volumes.ts'
import { openVolumeRecords } from '../machine/volume-records.ts'
import type { Places } from './places.ts'
import { folderKind } from './volume-folder.ts'
import { imageKind } from './volume-image.ts'
import type { VolumeKind } from './volume-kind.ts'
import type { VolumeRecord, VolumeRecords } from './volume-records.ts'

/** A volume with what it takes to work on it. */
export interface Volume {
  record: VolumeRecord
  kind: VolumeKind
  /** The folder of its place. */
  place: string
}

export interface VolumeStore extends VolumeRecords {
  /** @throws Refusal `not_found`, or `unavailable` while its place is away */
  find(name: VolumeName): Volume
  /** With where its files lie. @throws Refusal also `conflict` while it is detached */
  findAttached(name: VolumeName): Volume & { files: string }
}

export const kindOf = ({ kind }: Pick<VolumeRecord, 'kind'>): VolumeKind => (kind === 'image' ? imageKind : folderKind)

export function openVolumeStore(folder: string, places: Places): VolumeStore {
  const records = openVolumeRecords<VolumeRecord>(folder)

  function find(name: VolumeName): Volume {
    const record = records.lookUp(name)
    if (!record?.whole) throw new Refusal('not_found', `There is no volume ${name}.`)
    const place = places.lookUp(record.place)
    if (place === null) throw new Refusal('unavailable', `The volume ${name} lies at ${record.place}, which cannot be used now.`)
    return { record, kind: kindOf(record), place }
  }

  return {
    ...records,
    find,
    findAttached(name) {
      const volume = find(name)
      const { record, kind, place } = volume
      if (!kind.isAttached(place, record)) throw new Refusal('conflict', `The volume ${name} is not attached to ${record.place}.`)
      return { ...volume, files: kind.filesOf(place, record) }
    },
  }
}
