import { Refusal } from '../../refusal.ts'
import type { PullRequest } from '../driver.ts'
import { isImageName, isTagOrDigest } from '../fetchable.ts'
import { refuseOddities as refuseGitOddities, refusePassword } from '../git/find-commit.ts'
import type { DockerStack } from './open.ts'

type Wanted = Pick<PullRequest, 'sources' | 'ref' | 'version' | 'buildCommand'>

/** From a registry; else from a git repository with a Dockerfile. */
export const areImages = ({ sources }: Pick<Wanted, 'sources'>) => sources.every(({ url }) => isImageName(url))

/** What means nothing to a registry or to git, or something that it should not; and secrets where everybody would see them. */
export async function refuseOddities({ git }: DockerStack, wanted: Wanted): Promise<void> {
  const { ref, sources, version, buildCommand } = wanted
  for (const { url } of sources) refusePassword(url)
  if (buildCommand !== null) throw new Refusal('invalid', 'On a Docker stack a Dockerfile says how an image is built; leave the build command empty.')
  if (!areImages(wanted) && sources.some(({ url }) => isImageName(url))) {
    throw new Refusal('invalid', 'Sources are either names of an image, such as registry.example/team/app, or addresses of a git repository with a Dockerfile, such as https://git.example/team/app.git; not some of each.')
  }
  if (!areImages(wanted)) {
    refuseGitOddities(wanted)
    return refuseOwnFolders(wanted, await git.uid())
  }
  const odd = [ref, ...(version === null ? [] : [version])].find((name) => !isTagOrDigest(name))
  if (odd !== undefined) throw new Refusal('invalid', `"${odd.slice(0, 60)}" cannot be a tag or digest.`, { ref: 'Write a tag or a digest.' })
}

/** Where git is Davit's own user, it could read there whatever Davit can, for whoever may write an address. */
function refuseOwnFolders({ sources }: Wanted, uid: number | null): void {
  if (uid !== null) return
  const own = sources.flatMap(({ url }, index) => (/^(file:|\/)/i.test(url) ? [index] : []))
  if (own.length === 0) return
  const text = 'Git runs as the same user as Davit here, and fetches nothing from folders of this machine; use an address that begins with https://, ssh:// or git://, or run Davit as root.'
  throw new Refusal('invalid', text, Object.fromEntries(own.map((index) => [`sources.${index}.url`, text])))
}
