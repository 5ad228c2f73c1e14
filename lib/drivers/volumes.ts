import type { Owner, Place, StepIo } from './driver.ts'

/**
 * Where databases keep their data. A volume lies at one place and is attached to it by one holder at a time;
 * what runs on it sees it only while it is attached. Nothing but `remove` ever loses what it holds: a sweep
 * lists volumes that nobody owns, and leaves them.
 */
export interface Volumes {
  /** Whether a size is more than advice, in words for the form. */
  describe(): Promise<VolumesDescription>

  /** Every place of the stack, also one that is away; a choice is offered where there are several. */
  places(): Promise<PlaceState[]>

  /**
   * Makes sure there is an empty volume of that name and size, detached. Safe to repeat, also half-made.
   * @throws Refusal `conflict` with the numbers when there is no room, or when another owner has that name; `unavailable` when the place is away.
   */
  create(volume: VolumeSpec, io: StepIo): Promise<void>

  /** What is known of one; null when there is none of that name. */
  inspect(volume: VolumeRef): Promise<VolumeState | null>

  /** Makes sure it is attached, also after the machine was started anew. @throws Refusal `conflict` while anything else still has it. */
  attach(volume: VolumeRef, io: StepIo): Promise<void>

  /** Makes sure it is detached, with all that was written to it. @throws Refusal `conflict` while a container runs on it. */
  detach(volume: VolumeRef, io: StepIo): Promise<void>

  /** Grows, where the engine can while it is in use, or shrinks. @throws Refusal `conflict` with the numbers: no room, or below what is used. */
  resize(volume: VolumeRef, sizeMb: number, io: StepIo): Promise<void>

  /**
   * Makes `to` hold what `from` holds, owners of files becoming that of `to`. Both are attached; `from` may be in use,
   * and is then copied as each file is found. Only what differs is written, so that the second time takes less.
   * Without `only`, what `from` has no longer goes from `to`; paths in `except`, and below, are left as they are.
   * Reading and writing are bounded in memory; an abort ends it.
   */
  copy(request: CopyRequest, io: StepIo): Promise<Copied>

  /** Makes sure that a small file holds this whole, for the volume's owner; one that does is left as it is, also on a full volume. */
  write(volume: VolumeRef, path: string, text: string, io: StepIo): Promise<void>

  /** Detaches and removes it with what it holds. Removing what is absent is fine. @throws Refusal `conflict` while a container runs on it. */
  remove(volume: VolumeRef, io: StepIo): Promise<void>

  /** Every volume of this installation on this stack. */
  list(): Promise<VolumeState[]>
}

export type VolumeName = string

export interface VolumeRef {
  name: VolumeName
}

export interface VolumeSpec extends VolumeRef {
  owner: Owner
  place: Place
  /** Whole megabytes (2^20 bytes). */
  sizeMb: number
  /** The fence of the operation that makes it; kept on the object. */
  fence: number
}

export interface VolumeState extends VolumeRef {
  owner: number
  fence: number
  place: Place
  /** False: its place is away, and nothing else of this is known anew. */
  reachable: boolean
  sizeMb: number
  /** Null while it is detached and that cannot be told. */
  usedMb: number | null
  attached: boolean
}

export interface VolumesDescription {
  /** False: a size is advice, and a database may fill its place. */
  sized: boolean
  growsWhileUsed: boolean
  shrinks: boolean
  /** What a container on a volume runs as where that is no user of its own with a name. */
  oddUser: OddUser | null
  summary: string
}

export type OddUser = 'root' | 'a user without a name'

export interface CopyRequest {
  from: VolumeName
  to: VolumeName
  /** Paths relative to the volumes, such as `data/log`; with all below. */
  only?: string[]
  except?: string[]
}

export interface Copied {
  files: number
  bytes: number
}

export interface PlaceState {
  place: Place
  /** Null: it can be used. Else why not, in words. */
  trouble: string | null
  freeMb: number
  totalMb: number
}
