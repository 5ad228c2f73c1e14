import { createLocalDriver } from './driver.ts'

/** For tests: a runner (or a web that looks at a source) in a process of its own, which says what it did and then stays until it is killed. */
const [, , options, method, input] = process.argv as [string, string, string, 'start' | 'runOnce' | 'pull' | 'preview' | 'create' | 'copy', string]

const driver = createLocalDriver(JSON.parse(options))
const { signal } = new AbortController()
const io = {
  signal,
  line: async () => {},
  loggedUpTo: async () => 0,
  guard: async () => {},
  progress: () => {},
}
const given = JSON.parse(input)
const done =
  method === 'preview' ? driver.preview(given, signal) : method === 'create' || method === 'copy' ? driver.volumes![method](given, io) : driver[method](given, io)
console.log('begun')
console.log(JSON.stringify(await done))
setInterval(() => {}, 60_000)
