import type { VolumeRecord } from './volume-records.ts'

/** How one kind of volume lies in the folder of its place. Whoever calls is alone with the volume. */
export interface VolumeKind {
  /** Where what it holds lies while it is attached. */
  filesOf(place: string, record: VolumeRecord): string
  isAttached(place: string, record: VolumeRecord): boolean
  /** Anew, also over what a dead runner left. */
  make(place: string, record: VolumeRecord, uid: number | null): Promise<void>
  /** `note` is called before anything changes. */
  attach(place: string, record: VolumeRecord, uid: number | null, note: () => void): Promise<void>
  /** With all that was written, which is on disk then. */
  detach(place: string, record: VolumeRecord, signal: AbortSignal): Promise<void>
  grow(place: string, record: VolumeRecord, sizeMb: number): Promise<void>
  /** While it is detached. @throws Refusal `conflict`, with the numbers */
  shrink(place: string, record: VolumeRecord, sizeMb: number): Promise<void>
  /** Of one that is attached. */
  usedMb(place: string, record: VolumeRecord): Promise<number>
  flush(place: string, record: VolumeRecord): Promise<void>
  /** Leaves nothing at the place that no volume needs. Its caller is alone with the place. */
  tidy(place: string): Promise<void>
  /** Also while it is attached. */
  remove(place: string, record: VolumeRecord, signal: AbortSignal): Promise<void>
}
