import { Refusal } from '../../refusal.ts'
import type { PullRequest } from '../driver.ts'
import { holdsPassword } from '../fetchable.ts'
import { refuseOddities as refuseGitOddities } from '../local/find-commit.ts'
import { isImageName, isTagOrDigest } from './registry.ts'

type Wanted = Pick<PullRequest, 'sources' | 'ref' | 'version' | 'buildCommand'>

/** From a registry; else from a git repository with a Dockerfile. */
export const areImages = ({ sources }: Pick<Wanted, 'sources'>) => sources.every(({ url }) => isImageName(url))

/** What means nothing to a registry or to git, or something that it should not; and secrets where everybody would see them. */
export function refuseOddities(wanted: Wanted): void {
  const { ref, sources, version, buildCommand } = wanted
  if (sources.some(({ url }) => holdsPassword(url))) {
    throw new Refusal('invalid', 'The address of a source holds a password, a token or a user; put it into the field for the credential, as a token or user:token, where it is kept sealed.')
  }
  if (buildCommand !== null) throw new Refusal('invalid', 'On a Docker stack a Dockerfile says how an image is built; leave the build command empty.')
  if (!areImages(wanted) && sources.some(({ url }) => isImageName(url))) {
    throw new Refusal('invalid', 'Sources are either names of an image, such as registry.example/team/app, or addresses of a git repository with a Dockerfile, such as https://git.example/team/app.git; not some of each.')
  }
  if (!areImages(wanted)) return refuseGitOddities(wanted)
  const odd = [ref, ...(version === null ? [] : [version])].find((name) => !isTagOrDigest(name))
  if (odd !== undefined) throw new Refusal('invalid', `"${odd.slice(0, 60)}" cannot be a tag or digest.`, { ref: 'Write a tag or a digest.' })
}
