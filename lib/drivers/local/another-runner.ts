import { createLocalDriver } from './driver.ts'

/** For tests: a runner (or a web that looks at a source) in a process of its own, which says what it did and then stays until it is killed. */
const [, , options, method, input] = process.argv as [string, string, string, Act, string]

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
const acts = {
  prepare: () => driver.prepare(given, io),
  start: () => driver.start(given, io),
  runOnce: () => driver.runOnce(given, io),
  pull: () => driver.pull(given, io),
  preview: () => driver.preview(given, signal),
  create: () => driver.volumes!.create(given, io),
  copy: () => driver.volumes!.copy(given, io),
  describe: () => driver.volumes!.describe(),
  resize: () => driver.volumes!.resize(given, given.sizeMb, io),
}
export type Act = keyof typeof acts

const done = acts[method]()
console.log('begun')
console.log(JSON.stringify(await done))
setInterval(() => {}, 60_000)
