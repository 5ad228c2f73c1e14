import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inSentence } from '../../sentence.ts'
import { Unreadable } from '../machine/atomic-file.ts'
import { asUid, systemPath, type Argv } from '../machine/argv.ts'
import type { Source } from '../sources.ts'
import { amongUsers, gitCommands } from './commands.ts'
import type { Git } from './open.ts'
import { endLeft, GitFailure, gitLimitMs, outputOf, type GitCall } from './process.ts'
import { maskSecrets } from './reason.ts'

export interface Repository {
  /** The commit a ref names at that source, fetched. @throws GitFailure */
  fetch(source: Source, ref: string, signal: AbortSignal): Promise<string>
  /** The commit when it is here already. */
  lookUpCommit(commit: string, signal: AbortSignal): Promise<string | null>
  /** A file at the root of a commit, with less than its checkout; null when there is none. @throws Unreadable */
  readFile(commit: string, name: string, bytesMax: number, signal: AbortSignal): Promise<string | null>
  /** Writes the files of a commit into an empty folder, which becomes git's. */
  checkOut(commit: string, tree: string, signal: AbortSignal): Promise<void>
}

/** A cache of commits, kept by git's own uid. Its holder is alone. */
export async function openRepository(home: Git, cache: string, signal: AbortSignal): Promise<Repository> {
  const uid = await home.uid()
  const git = (argv: Argv, abort: AbortSignal, source?: Source) => run(home, cache, uid, argv, abort, source)
  await endLeft(cache)
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  if (uid !== null) chownSync(cache, uid, uid)
  await git(gitCommands.init(cache), signal)
  clearLeft(cache)

  async function lookUpCommit(revision: string, abort: AbortSignal): Promise<string | null> {
    try {
      return (await git(gitCommands.commitOf(cache, revision), abort)).trim()
    } catch (error) {
      if (error instanceof GitFailure) return null
      throw error
    }
  }

  return {
    lookUpCommit,
    async fetch(source, ref, abort) {
      const commit = await fetchCommit(ref, (argv) => git(argv, abort, source), cache, source, (revision) => lookUpCommit(revision, abort))
      await git(gitCommands.keep(cache, commit), abort)
      return commit
    },
    async readFile(commit, name, bytesMax, abort) {
      const [mode, , blob, size] = (await git(gitCommands.entryOf(cache, commit, name), abort)).split(/\s+/)
      if (mode === '120000') throw new Unreadable('link')
      if (!mode || !blob) return null
      if (!mode.startsWith('100')) throw new Unreadable('no file')
      if (Number(size) > bytesMax) throw new Unreadable('too large', Number(size))
      return await git(gitCommands.contentOf(cache, blob), abort)
    },
    async checkOut(commit, tree, abort) {
      if (uid !== null) chownSync(tree, uid, uid)
      await git(gitCommands.readTree(cache, commit), abort)
      await git(gitCommands.checkOut(cache, tree), abort)
    },
  }
}

/** Left by a git that was killed: locks, keys, halves of what it fetched. Nobody else works here while we hold the owner's lock. */
function clearLeft(cache: string): void {
  const names = (folder: string, left: RegExp) => readdirSync(join(cache, folder)).filter((name) => left.test(name)).map((name) => join(cache, folder, name))
  const locks = names('.', /^(index|shallow|packed-refs|config|HEAD)\.lock$|^key-/)
  for (const path of [...locks, ...names('objects/pack', /^(tmp_|\.tmp-)/)]) rmSync(path, { force: true })
}

async function fetchCommit(
  ref: string,
  git: (argv: Argv) => Promise<string>,
  cache: string,
  { url }: Source,
  lookUpCommit: (revision: string) => Promise<string | null>,
): Promise<string> {
  try {
    await git(gitCommands.fetchRef(cache, url, ref))
    return await foundOr(await lookUpCommit('FETCH_HEAD'), ref)
  } catch (error) {
    if (!(error instanceof GitFailure) || !/^[0-9a-f]{4,40}$/.test(ref)) throw error
    await git(gitCommands.fetchAll(cache, url))
    return foundOr(await lookUpCommit(ref), ref)
  }
}

function foundOr(commit: string | null, ref: string): string {
  if (commit === null) throw new GitFailure(`couldn't find remote ref ${ref}`)
  return commit
}

async function run(home: Git, cache: string, uid: number | null, argv: Argv, signal: AbortSignal, source?: Source): Promise<string> {
  const call = { argv: asOneWithName(home, uid, source, asIts(uid, argv)), cache, tree: home.scripts.tree }
  const secret = prepareSecret(home, cache, uid, source)
  try {
    return await outputOf({ ...call, env: { ...gitEnvironment(home, cache), ...secret.variables } }, AbortSignal.any([signal, AbortSignal.timeout(gitLimitMs)]))
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof GitFailure)) throw error
    const unclear = error.message.includes('does not appear to be a git repository') && source && /^(file:\/)?\//.test(source.url)
    const reason = unclear ? await whyNotHere({ cache, tree: home.scripts.tree }, uid, source.url, signal) : null
    throw new GitFailure(maskSecrets(reason ?? withAdvice(error.message, source), source?.credential ?? null))
  } finally {
    secret.forget()
  }
}

/** Of a folder on this machine git says the same whether it is missing, closed to it or no repository; null when that is all there is to say. */
async function whyNotHere(call: Pick<GitCall, 'cache' | 'tree'>, uid: number | null, url: string, signal: AbortSignal): Promise<string | null> {
  const path = url.replace(/^file:\/\//, '')
  for (const inside of ['.', '.git/.']) {
    const stat = { ...call, argv: asIts(uid, ['stat', '--', `${path}/${inside}`]), env: { PATH: systemPath, LANG: 'C' } }
    const closed = await outputOf(stat, AbortSignal.any([signal, AbortSignal.timeout(10_000)])).then(() => null, (error: Error) => error.message)
    if (closed?.startsWith('permission denied')) return `permission denied: ${uid === null ? 'the user Davit runs as' : `the uid ${uid}, as which git runs,`} may not enter ${path}; let it into that folder and those above`
    if (closed?.startsWith('not found') && inside === '.') return `not found: there is no folder ${path}`
  }
  return null
}

/** Ssh without a key is tried, as some hosts want none. */
function withAdvice(reason: string, source: Source | undefined): string {
  const lacksKey = source && isSsh(source.url) && !isKey(source.credential ?? '')
  if (!lacksKey || !reason.startsWith('authentication failed')) return reason
  return `${inSentence(reason)}. It may be private, and need a deploy key, or not be there`
}

const isSsh = (url: string) => !/^(https?|git|file):|^\//.test(url)
const isKey = (credential: string) => /PRIVATE KEY-----/.test(credential)

function asIts(uid: number | null, argv: Argv): Argv {
  return uid === null ? argv : asUid(uid, argv)
}

/** What ssh is run by has a name, in as far as this machine lets us give it one. */
function asOneWithName(home: Git, uid: number | null, source: Source | undefined, argv: Argv): Argv {
  if (uid === null || !source || !isSsh(source.url) || !home.names) return argv
  const users = join(home.folder, `users-${uid}`)
  if (!existsSync(users)) {
    const draft = `${users}.${process.pid}`
    writeFileSync(draft, `git:x:${uid}:${uid}::/:/bin/false\n`)
    chmodSync(draft, 0o644)
    renameSync(draft, users)
  }
  return amongUsers(home.scripts.users, users, argv)
}

function gitEnvironment(home: Git, cache: string): Record<string, string> {
  return {
    PATH: systemPath,
    HOME: cache,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: home.scripts.config,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: home.scripts.askpass,
    GIT_SSH: home.scripts.ssh,
    GIT_SSH_VARIANT: 'ssh',
    DAVIT_GIT_KNOWN_HOSTS: join(cache, 'known_hosts'),
    // Not ext, which runs commands.
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_HTTP_LOW_SPEED_LIMIT: '1000',
    GIT_HTTP_LOW_SPEED_TIME: '60',
  }
}

/** A private key becomes a file that lives as long as one call; a token goes into the environment of git alone. */
function prepareSecret(home: Git, cache: string, uid: number | null, source?: Source): { variables: Record<string, string>; forget(): void } {
  const credential = source?.credential
  if (!source || !credential) return { variables: {}, forget: () => {} }
  if (!isKey(credential)) {
    const [user, token] = credential.includes(':') ? splitOnce(credential) : ['x-access-token', credential]
    const host = URL.canParse(source.url) ? new URL(source.url).host : ''
    return { variables: { DAVIT_GIT_USER: user, DAVIT_GIT_SECRET: token, DAVIT_GIT_HOST: host }, forget: () => {} }
  }
  const key = join(cache, `key-${createHash('sha256').update(`${process.pid} ${performance.now()}`).digest('hex').slice(0, 16)}`)
  writeFileSync(key, `${credential.trimEnd()}\n`, { mode: 0o600, flag: 'wx' })
  if (uid !== null) chownSync(key, uid, uid)
  return { variables: { DAVIT_GIT_KEY: key }, forget: () => rmSync(key, { force: true }) }
}

function splitOnce(credential: string): [string, string] {
  const colon = credential.indexOf(':')
  return [credential.slice(0, colon), credential.slice(colon + 1)]
}
