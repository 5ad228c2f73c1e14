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

  /** Once it is poked, counts to 400 in lines of 10,000 characters: four times what is kept. */
  const count = "let i = 0; const t = setInterval(() => { console.log(String(i).padEnd(10000, '.')); if (++i === 400) process.exit(0) }, 10)"
  const counting = `node -e "require('http').createServer((q, r) => { r.end(); ${count} }).listen(process.env.PORT)"`
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
  const numberIn = ({ text }: { text: string }) => Number.parseInt(text)
  async function read(name: string, from = 0): Promise<LogLine[]> {
    const lines: LogLine[] = []
    for await (const line of driver.logs({ name }, from, recordIo().signal)) lines.push(line)
    return lines
  }

  it('takes no more room on disk than it may, loses no line of what is followed, and is found again by any position', async () => {
    const spec = await makeSpec(world, 'serve', { command: counting })
    const io = recordIo()
    const run = driver.runOnce(spec, io)
    await until('it can be poked', () => world.poke(spec.name).then(() => true, () => false))
    expect(await run).toBe(0)
    const followed = io.lines.filter(({ source }) => source === spec.name)
    expect(followed.map(numberIn)).toEqual(numbers(0, 400))

    const [{ Id } = { Id: '' }] = await world.engine.docker.listContainers({ all: true, filters: { label: [`${label.name}=${spec.name}`] } })
    const folder = dirname(((await world.engine.docker.getContainer(Id).inspect()) as { LogPath: string }).LogPath)
    const kept = readdirSync(folder).filter((name) => name.includes('json.log')).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    // The line that fills a file still goes into it.
    expect(kept).toBeLessThan(outputBytesMax + 2 * 11_000)

    for (const at of [350, 398, 399]) expect((await read(spec.name, followed[at]!.position)).map(numberIn)).toEqual(numbers(at + 1, 400))
    const [mark, ...left] = await read(spec.name, followed[10]!.position)
    expect(mark?.text).toBe('… [older output is gone]')
    expect(left.length).toBeGreaterThan(40)
    expect(left.map(numberIn)).toEqual(numbers(400 - left.length, 400))
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
