import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a deploy of the app does; all but the first three fail. */
export type Variant = 'good' | 'slow to build' | 'slow before release' | 'build fails' | 'before_release fails' | 'never listens' | 'crashes at start'

export const answerBytes = 2048

const server = `
const { createServer } = require('node:http')
const body = require('node:fs').readFileSync('VERSION', 'utf8').trim().padEnd(${answerBytes}, '.')
let asked = 0
createServer((req, res) => {
  req.resume().on('end', () => {
    if (++asked % 25 !== 0) return res.end(body)
    // Now and then an answer in pieces, so that a drain has something to wait for.
    res.write(body.slice(0, 1000))
    setTimeout(() => res.end(body.slice(1000)), 250)
  })
}).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`
const stays = `setInterval(() => {}, 60000)\nprocess.on('SIGTERM', () => process.exit(0))\n`

const webOf: Partial<Record<Variant, string>> = { 'never listens': stays, 'crashes at start': `console.log('no, not today')\nprocess.exit(3)\n` }

const buildOf: Partial<Record<Variant, string>> = {
  // Two shells deep, and not in the foreground: what a build tool looks like.
  'slow to build': `echo building\nsh -c "sh -c 'sleep 2; echo deep' & wait"\necho built\n`,
  'build fails': `echo building\nsleep 0.3\necho 'no such module' >&2\nexit 7\n`,
}

const beforeOf: Partial<Record<Variant, string>> = {
  'slow before release': 'for i in 1 2 3 4 5; do echo migration $i; sleep 0.5; done\n',
  'before_release fails': 'echo migrating\nsleep 0.2\nexit 9\n',
}

/** A line of a before_release's output: once per operation, whatever happens to its runners. */
export const beforeReleaseBegins = 'before_release begins'

export interface Repository {
  path: string
  /** Commits that variant of the app under a tag of its own, and says which. */
  commit(variant: Variant): string
}

/** A git repository outside of Davit's own data; every deploy gets a commit of its own, so that each really builds. */
export function makeRepository(path: string, { overlap }: { overlap: boolean }): Repository {
  mkdirSync(path, { mode: 0o755 })
  const git = (...args: string[]) => execFileSync('git', ['-C', path, '-c', 'user.name=chaos', '-c', 'user.email=chaos@localhost', ...args], { encoding: 'utf8' })
  const write = (name: string, text: string) => writeFileSync(join(path, name), text)
  git('init', '--quiet', '--initial-branch=main')
  write('Procfile', 'web: node web.js\nworker: node worker.js\n')
  write('worker.js', stays)
  write('davit.yml', `before_release:\n  - sh before.sh\nafter_rollback:\n  - echo undone\ndrain_seconds: 10\nservices:\n  web:\n    stop_seconds: 5\n  worker:\n    overlap: ${overlap}\n    uptime_seconds: 1\n    stop_seconds: 5\n`)
  let made = 0
  return {
    path,
    commit(variant) {
      const tag = `v${++made}`
      write('VERSION', `${tag}\n`)
      write('web.js', webOf[variant] ?? server)
      write('build.sh', buildOf[variant] ?? 'echo built > built\n')
      write('before.sh', `echo ${beforeReleaseBegins}\n${beforeOf[variant] ?? ''}`)
      git('add', '--all')
      git('commit', '--quiet', '-m', `${variant} ${tag}`)
      git('tag', tag)
      return tag
    },
  }
}
