import type { VolumeRecord as AnyVolumeRecord, VolumeRecords as AnyVolumeRecords } from '../machine/volume-records.ts'

/** An image is attached only while it is mounted besides. */
export interface VolumeRecord extends AnyVolumeRecord {
  /** A filesystem in a file, of its size; or a folder, whose size is advice. */
  kind: 'image' | 'folder'
  /** From before it is given another size until it has that; meanwhile it may have either, or some of each. */
  resizing?: boolean
}

export type VolumeRecords = AnyVolumeRecords<VolumeRecord>
