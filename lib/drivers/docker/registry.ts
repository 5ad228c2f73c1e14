import type Docker from 'dockerode'
import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import { isDigest } from '../fetchable.ts'
import { maskSecrets } from '../git/reason.ts'
import { say } from '../say.ts'
import { fromFirst, SourceFailure, type Source, type Wanted } from '../sources.ts'
import { inTheEnd } from './end.ts'
import { brokenOff, isAway, isInterrupted, statusOf, unlessAbsent, within, wordsOf } from './engine.ts'
import { readMessages } from './messages.ts'
import type { DockerStack } from './open.ts'
import { loginOf } from './registries.ts'
import { watchSilence } from './silence.ts'
import { openStream } from './stream.ts'

/** How long a registry may take to name a digest, and may be silent while it sends; then the next one is tried. */
const resolveLimitMs = 30_000
const silenceLimitMs = 60_000

const absent = /manifest unknown|name unknown|not found|repository does not exist|no such image/i

export async function fromRegistry<Result>(wanted: Wanted, io: StepIo, attempt: (source: Source, where: string) => Promise<Result>): Promise<Result> {
  return await fromFirst(wanted, { ref: 'a tag or a digest', tell: (text) => say(io, text) }, attempt)
}

interface Described {
  digest: string
  /** Which machines it is for, as the engine calls them; none where the registry does not say. */
  architectures: string[]
}

/** What a tag or digest is there now, by its manifest: nothing is fetched. @throws SourceFailure */
export async function describe(stack: DockerStack, source: Source, ref: string, io: StepIo): Promise<Described> {
  const { docker, ask } = stack.engine
  return await ask(io, async () => {
    const { signal: limit, end } = watchSilence(stack.engine, resolveLimitMs, io)
    try {
      const { Descriptor, Platforms } = await askRegistry(docker, `${source.url}${isDigest(ref) ? '@' : ':'}${ref}`, authOf(source), AbortSignal.any([limit, io.signal]))
      return { digest: Descriptor.digest, architectures: (Platforms ?? []).map(({ architecture }) => architecture).filter((one) => one !== '') }
    } catch (error) {
      throw asFailure(error, source, limit, resolveLimitMs)
    } finally {
      end()
    }
  }, { takesLong: true })
}

/** @throws SourceFailure */
export async function resolve(stack: DockerStack, source: Source, ref: string, io: StepIo): Promise<string> {
  return isDigest(ref) ? ref : (await describe(stack, source, ref, io)).digest
}

/** An image may be for several kinds of machines; for which is not known of every one. */
export async function refuseForeign({ engine: { docker, ask } }: DockerStack, architectures: string[], io: StepIo): Promise<void> {
  if (architectures.length === 0) return
  const { Arch } = await ask(io, (limit) => within(limit, docker.version()))
  if (!architectures.includes(Arch)) throw new Refusal('invalid', `The image is made for ${architectures.join(' and ')}, and this engine runs on ${Arch}. Push one for ${Arch}, or for both.`)
}

interface Distribution {
  Descriptor: { digest: string }
  Platforms?: { architecture: string }[]
}

/** By the engine, which has to hear of an abort: the client's own call of that name passes none on. */
function askRegistry(docker: Docker, name: string, authconfig: ReturnType<typeof authOf>, abortSignal: AbortSignal): Promise<Distribution> {
  const statusCodes = { 200: true, 401: 'not allowed', 403: 'not allowed', 404: 'no such image', 500: 'server error' }
  return new Promise((answer, refuse) => {
    const heard = (error: Error | null, said: unknown) => (error ? refuse(error) : answer(said as Distribution))
    docker.modem.dial({ path: `/distribution/${name}/json`, method: 'GET', authconfig, abortSignal, statusCodes }, heard)
  })
}

/** Has the image of a digest, by its digest. What the engine has fetched of it before is not fetched again. @throws SourceFailure */
async function fetch(stack: DockerStack, source: Source, digest: string, io: StepIo): Promise<void> {
  const { docker, change } = stack.engine
  await change(io, async () => {
    const silence = watchSilence(stack.engine, silenceLimitMs, io)
    const layers = new Map<string, boolean>()
    try {
      const signal = AbortSignal.any([silence.signal, io.signal])
      const stream = await openStream(signal, (abortSignal) => docker.createImage({ ...authOf(source) }, { fromImage: source.url, tag: digest, abortSignal }))
      for await (const { status, id, error } of readMessages(stream)) {
        silence.heard()
        if (error !== undefined) throw isInterrupted(error) ? brokenOff('pull') : failure(error, source)
        if (id === undefined) continue
        layers.set(id, /^(Pull complete|Already exists)/.test(status ?? ''))
        io.progress(`fetching the image: ${[...layers.values()].filter(Boolean).length} of ${layers.size} layers`)
      }
    } catch (error) {
      throw asFailure(error, source, silence.signal, silenceLimitMs)
    } finally {
      silence.end()
    }
    // A stream that ends early, as when the engine goes away, says nothing of it.
    if ((await unlessAbsent(docker.getImage(`${source.url}@${digest}`).inspect())) === null) throw brokenOff('pull')
  }, { takesLong: true })
}

/** How long one waits for another to be done with the same digest. */
const digestLimitMs = 30 * 60_000

/**
 * Has the image of a digest under its registry's name for as long as it is needed. One that others have
 * fetched is used as it is, and left to them. @throws SourceFailure
 */
export async function withReference<Result>(stack: DockerStack, source: Source, digest: string, io: StepIo, use: (reference: string) => Promise<Result>): Promise<Result> {
  return await stack.digestLocks.alone(digest, digestLimitMs, async () => {
    const { docker, ask } = stack.engine
    const reference = `${source.url}@${digest}`
    const others = await ask(io, (limit) => within(limit, unlessAbsent(docker.getImage(reference).inspect())))
    try {
      if (others === null) await fetch(stack, source, digest, io)
      return await use(reference)
    } finally {
      if (others === null) await inTheEnd(io, (waiting) => ask(waiting, (abortSignal) => unlessAbsent(docker.getImage(reference).remove({ abortSignal }))))
    }
  }, io.signal)
}

/** An engine that is away is no fault of the source. */
function asFailure(error: unknown, source: Source, limit: AbortSignal, limitMs: number): unknown {
  if (limit.aborted) return failure(`no answer within ${limitMs / 1000} s`, source)
  if (isInterrupted(wordsOf(error))) return error
  return error instanceof SourceFailure || (statusOf(error) === null && isAway(error)) ? error : statusOf(error) === null ? error : failure(wordsOf(error), source)
}

/** No other source would mend that an engine is full. */
function failure(reason: string, { credential }: Source): SourceFailure | Refusal {
  if (/no space left|disk quota/i.test(reason)) return new Refusal('unavailable', `The engine has no room for the image: ${maskSecrets(reason, credential)}.`)
  return new SourceFailure(maskSecrets(reason, credential), absent.test(reason))
}

function authOf({ credential, url }: Source): { username: string; password: string; serveraddress: string } | undefined {
  if (!credential) return undefined
  return { ...loginOf(credential), serveraddress: url.split('/')[0] ?? '' }
}
