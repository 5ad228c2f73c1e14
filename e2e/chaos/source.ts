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

const beforeOf: Partial<Record<Variant, string>> = {
  'slow before release': "for (let i = 1; i <= 5; i++) setTimeout(() => console.log('migration ' + i), i * 500)\n",
  'before_release fails': "console.log('migrating')\nsetTimeout(() => process.exit(9), 200)\n",
}

/** A line of a before_release's output: once per operation, whatever happens to its runners. */
export const beforeReleaseBegins = 'before_release begins'

export interface Source {
  /** Of an app's provision. */
  input: object
  /** How often a deploy is of which kind. */
  variants: Partial<Record<Variant, number>>
  /** What the error of one has to say. */
  failsWith(variant: Variant): RegExp | null
  /** Makes that variant of the app under a ref of its own, and says which. */
  commit(variant: Variant): Promise<string>
}

const failsWith: Record<Variant, RegExp | null> = {
  good: null,
  'slow to build': null,
  'slow before release': null,
  'build fails': null,
  'before_release fails': /before_release ended with exit code 9/,
  'never listens': /was not healthy within|nothing listens/,
  'crashes at start': /ended with exit code 3/,
}

export const commonFailure = (variant: Variant) => failsWith[variant]

/** Wherever it comes from. */
export function filesOf(variant: Variant, version: string, { overlap }: { overlap: boolean }): Record<string, string> {
  return {
    Procfile: 'web: node web.js\nworker: node worker.js\n',
    'worker.js': stays,
    'davit.yml': `before_release:\n  - node before.js\nafter_rollback:\n  - echo undone\ndrain_seconds: 10\nservices:\n  web:\n    stop_seconds: 5\n  worker:\n    overlap: ${overlap}\n    uptime_seconds: 1\n    stop_seconds: 5\n`,
    VERSION: `${version}\n`,
    'web.js': webOf[variant] ?? server,
    'before.js': `console.log('${beforeReleaseBegins}')\n${beforeOf[variant] ?? ''}`,
  }
}
