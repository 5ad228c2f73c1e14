import type { VolumeRecord } from './volume-records.ts'

/** How one kind of volume lies in the folder of its place. Whoever calls is alone with the volume. */
export interface VolumeKind {
  /** Where what it holds lies while it is attached. */
  filesOf(place: string, record: VolumeRecord): string
  isAttached(place: string, record: VolumeRecord): boolean
  /** Takes what it lacks of a size from its place. Its caller is alone with the place. */
  reserve(place: string, record: VolumeRecord, sizeMb: number): Promise<void>
  /** Anew, also over what a dead runner left; what it takes is reserved. */
  make(place: string, record: VolumeRecord, uid: number | null, signal: AbortSignal): Promise<void>
  /** `changing` is awaited before anything changes. */
  attach(place: string, record: VolumeRecord, uid: number | null, changing: () => Promise<void>): Promise<void>
  /** With all that was written, which is on disk then. */
  detach(place: string, record: VolumeRecord, signal: AbortSignal): Promise<void>
  /** To what is reserved for it. */
  grow(place: string, record: VolumeRecord, signal: AbortSignal): Promise<void>
  /** While it is detached. @throws Refusal `conflict`, with the numbers */
  shrink(place: string, record: VolumeRecord, sizeMb: number, signal: AbortSignal): Promise<void>
  /** Of its place, in megabytes; also by a growing that did not come to its end. */
  takenMb(place: string, record: VolumeRecord): number
  /** Of one that is attached. */
  usedMb(place: string, record: VolumeRecord): Promise<number>
  flush(place: string, record: VolumeRecord, signal: AbortSignal): Promise<void>
  /** Leaves nothing at the place that no volume needs, or leaves that to the next. Its caller is alone with the place. */
  tidy(place: string): Promise<void>
  /** Also while it is attached. */
  remove(place: string, record: VolumeRecord, signal: AbortSignal): Promise<void>
}
