import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { findPostgresPackage, linkLibraries } from '../../postgres-package.ts'
import { readMessages } from './messages.ts'
import type { TestEngine } from './test-engine.ts'

const settings = { WorkingDir: '/app', Env: ['PATH=/usr/bin:/bin'] }

interface Content {
  /** With what they load. */
  programs: string[]
  /** Those of which only what they load is copied, where it does not lie beside them. */
  loaded?: string[]
  /** Adds what else there is. */
  fill(tree: string): void
}

const baseContent: Content = {
  programs: [process.execPath, '/bin/sh'],
  fill(tree) {
    if (!existsSync(join(tree, 'usr/bin/node'))) execFileSync('ln', ['-s', process.execPath, join(tree, 'usr/bin/node')])
  },
}

/** A small image of what is on this machine: Node, a shell and what these two load. */
export async function importBase(docker: Docker, name: string): Promise<void> {
  await importTree(docker, name, baseContent, [`WORKDIR ${settings.WorkingDir}`, `ENV ${settings.Env[0]}`])
}

/** An image like that of the PostgreSQL project: of the programs that Davit brings along, and of what their commands need. */
export async function importPostgres(docker: Docker, name: string): Promise<void> {
  const { native } = await findPostgresPackage()
  await linkLibraries(native)
  const content: Content = {
    programs: ['/bin/sh', '/bin/grep', '/bin/mkdir', '/bin/rm', '/bin/mv', '/bin/sync'],
    loaded: ['postgres', 'initdb'].map((program) => join(native, 'bin', program)),
    fill(tree) {
      mkdirSync(join(tree, 'opt'))
      execFileSync('cp', ['-a', native, join(tree, 'opt/postgresql')])
      writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999::/:/bin/sh\n')
    },
  }
  await importTree(docker, name, content, ['ENV PATH=/opt/postgresql/bin:/usr/bin:/bin', 'EXPOSE 5432/tcp', 'CMD ["postgres"]'])
}

async function importTree(docker: Docker, name: string, content: Content, changes: string[]): Promise<void> {
  await withTree(content, async (tree) => {
    const tar = spawn('tar', ['-C', tree, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [repo, tag] = name.split(/:(?=[^:]*$)/)
    const stream = await docker.importImage(tar.stdout, { repo, tag, changes })
    for await (const _ of stream);
  })
}

/** The base by way of the registry: what stands on it is then pushed without it, which an engine would compress first. */
export async function fetchBase({ docker, registry }: TestEngine, name: string): Promise<void> {
  const fetched = await pushBase(registry)
  for await (const { error } of readMessages((await docker.pull(fetched)) as Readable)) if (error !== undefined) throw new Error(error)
  const [repo, tag] = name.split(':')
  await docker.getImage(fetched).tag({ repo: repo as string, tag })
  await docker.getImage(fetched).remove()
}

/** Without an engine; says what it is called there. */
export async function pushBase(registry: string): Promise<string> {
  await withTree(baseContent, async (tree) => {
    const tar = execFileSync('tar', ['-C', tree, '-c', '.'], { maxBuffer: 2 ** 30 })
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
    const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: settings, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } }))
    for (const blob of [tar, config]) await putBlob(registry, blob)
    const vendor = 'application/vnd.docker'
    const manifest = {
      schemaVersion: 2,
      mediaType: `${vendor}.distribution.manifest.v2+json`,
      config: { mediaType: `${vendor}.container.image.v1+json`, size: config.length, digest: digestOf(config) },
      layers: [{ mediaType: `${vendor}.image.rootfs.diff.tar`, size: tar.length, digest: digestOf(tar) }],
    }
    await send(`http://${registry}/v2/base/manifests/1`, 'PUT', Buffer.from(JSON.stringify(manifest)), manifest.mediaType)
  })
  return `${registry}/base:1`
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

async function putBlob(registry: string, blob: Buffer): Promise<void> {
  const { headers } = await send(`http://${registry}/v2/base/blobs/uploads/`, 'POST', Buffer.alloc(0))
  const upload = new URL(headers.get('location') as string, `http://${registry}`)
  upload.searchParams.set('digest', digestOf(blob))
  await send(upload.href, 'PUT', blob)
}

async function send(url: string, method: string, body: Buffer, type = 'application/octet-stream'): Promise<Response> {
  const answer = await fetch(url, { method, body: new Uint8Array(body), headers: { 'content-type': type } })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}

async function withTree({ programs, loaded = [], fill }: Content, use: (tree: string) => Promise<void>): Promise<void> {
  const libraries = [...programs, ...loaded].flatMap((program) => [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path as string))
  const own = loaded.map((program) => join(program, '../..'))
  const tree = mkdtempSync(join(tmpdir(), 'davit-base-'))
  try {
    for (const path of new Set([...programs, ...libraries])) if (!own.some((folder) => path.startsWith(folder))) copyInto(tree, path)
    for (const folder of ['app', 'tmp', 'usr/bin', 'bin', 'etc']) mkdirSync(join(tree, folder), { recursive: true })
    fill(tree)
    await use(tree)
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function copyInto(tree: string, path: string): void {
  mkdirSync(join(tree, path, '..'), { recursive: true })
  execFileSync('cp', ['--dereference', path, join(tree, path)])
}
