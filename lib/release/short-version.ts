import { isDigest } from '../drivers/fetchable.ts'

/** Of a commit or a digest, as much as tells it from others. */
export function shortVersion(version: string): string {
  return version.slice(0, isDigest(version) ? 'sha256:'.length + 12 : 10)
}

/** A digest may be asked for by name, and is as long as a line. */
export const shortRef = (ref: string) => (isDigest(ref) ? shortVersion(ref) : ref)
