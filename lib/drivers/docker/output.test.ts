import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSpec, recordIo, until } from '../contract/world.ts'
import type { Driver, LogLine } from '../driver.ts'
import { openDockerWorld, type DockerWorld } from './docker-world.ts'
import { createDockerDriver } from './driver.ts'
import { label } from './labels.ts'
import { canHaveEngine, openTestEngine } from './test-engine.ts'

const outputBytesMax = 1024 * 1024
const lost = /^… \[lines were lost here: /

describe.runIf(canHaveEngine())('the output of a container', () => {
  let world: DockerWorld
  let driver: Driver
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine(), 'repository')
    driver = createDockerDriver({ ...world.options, outputBytesMax })
  })
  afterAll(async () => {
    await world.close()
  })

  /** Each time it is poked, goes on counting by as many as the path says, in lines of 10,000 characters; ends when that is none. */
  const count = "for (let n = +q.url.slice(1); n > 0; n--) process.stdout.write(String(i++).padEnd(10000, '.') + String.fromCharCode(10)); if (q.url === '/0') process.exit(0)"
  const counting = `node -e "let i = 0; require('http').createServer((q, r) => { r.end(); ${count} }).listen(process.env.PORT)"`
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
  const numberIn = ({ text }: { text: string }) => Number.parseInt(text)
  async function read(name: string, from = 0): Promise<LogLine[]> {
    const lines: LogLine[] = []
    for await (const line of driver.logs({ name }, from, recordIo().signal)) lines.push(line)
    return lines
  }

  /** Starts one that counts; `poke` lets it count on. */
  async function followCounting() {
    const spec = await makeSpec(world, 'serve', { command: counting })
    const io = recordIo()
    const run = driver.runOnce(spec, io)
    const followed = () => io.lines.filter(({ source }) => source === spec.name)
    const poke = async (lines: number) => {
      const { host, port } = (await driver.inspect(spec))!.address!
      await fetch(`http://${host}:${port}/${lines}`)
    }
    await until('it listens', () => poke(1).then(() => true, () => false))
    return { name: spec.name, run, followed, poke }
  }

  it('takes no more room on disk than it may, loses no line of what is followed in time, and is found again by any position', async () => {
    const { name, run, followed, poke } = await followCounting()
    // Each time less than what is kept for certain, which is half: the files turn eight times.
    for (let sum = 31; sum < 400; sum += 30) {
      await poke(30)
      await until('they are read', () => followed().length === sum)
    }
    await poke(0)
    expect(await run).toBe(0)
    const all = followed()
    expect(all.map(numberIn)).toEqual(numbers(0, all.length))

    const [{ Id } = { Id: '' }] = await world.engine.docker.listContainers({ all: true, filters: { label: [`${label.name}=${name}`] } })
    const folder = dirname(((await world.engine.docker.getContainer(Id).inspect()) as { LogPath: string }).LogPath)
    const kept = readdirSync(folder).filter((file) => file.includes('json.log')).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    // The line that fills a file still goes into it.
    expect(kept).toBeLessThan(outputBytesMax + 2 * 11_000)

    for (const back of [40, 2, 1]) expect((await read(name, all.at(-back)!.position)).map(numberIn)).toEqual(numbers(all.length - back + 1, all.length))
    const [mark, ...left] = await read(name, all[10]!.position)
    expect(mark?.text).toMatch(lost)
    expect(left.length).toBeGreaterThan(40)
    expect(left.map(numberIn)).toEqual(numbers(all.length - left.length, all.length))
  })

  it('says where lines were lost that were written faster than they were read, and goes on with the newest', async () => {
    const { run, followed, poke } = await followCounting()
    await poke(1000)
    // While it runs: an engine may keep them to itself until it ends.
    await until('the last is read', () => followed().some((line) => numberIn(line) === 1000))
    await poke(0)
    await run
    let last = -1
    for (const [index, line] of followed().entries()) {
      if (lost.test(line.text)) continue
      if (numberIn(line) !== last + 1) expect(followed()[index - 1]?.text).toMatch(lost)
      expect(numberIn(line)).toBeGreaterThan(last)
      last = numberIn(line)
    }
    expect(followed().filter(({ text }) => lost.test(text)).length).toBeGreaterThan(0)
  })

  it('is told apart, line by line, where many are written in the same moment on both streams', async () => {
    const command = `node -e "for (let i = 0; i < 500; i++) { console.log('o' + i); console.error('e' + i) }"`
    const spec = await makeSpec(world, 'serve', { command, port: false })
    await driver.runOnce(spec, recordIo())
    const all = await read(spec.name)
    expect(new Set(all.map(({ text }) => text)).size).toBe(1000)
    for (const at of [0, 1, 499, 500, 998]) expect((await read(spec.name, all[at]!.position)).map(({ text }) => text)).toEqual(all.slice(at + 1).map(({ text }) => text))
  })
})
