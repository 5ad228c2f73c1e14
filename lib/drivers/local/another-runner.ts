import { createLocalDriver } from './driver.ts'

/** For tests: a runner in a process of its own, which says what it did and then stays until it is killed. */
const [, , options, method, input] = process.argv as [string, string, string, 'start' | 'runOnce' | 'pull', string]

const driver = createLocalDriver(JSON.parse(options))
const done = driver[method](JSON.parse(input), {
  signal: new AbortController().signal,
  line: async () => {},
  loggedUpTo: async () => 0,
  guard: async () => {},
  progress: () => {},
})
console.log('begun')
console.log(JSON.stringify(await done))
setInterval(() => {}, 60_000)
