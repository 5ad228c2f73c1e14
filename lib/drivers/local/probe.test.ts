import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { openLocalWorld } from './local-world.ts'

describe.runIf(process.getuid?.() === 0 && process.platform === 'linux')('openLocal', () => {
  test('finds the same isolation in runners that look for it at once', async () => {
    const world = openLocalWorld({})
    const program = `import { createLocalDriver } from ${JSON.stringify(join(import.meta.dirname, 'driver.ts'))}
      const found = new Set()
      for (let i = 0; i < 25; i++) found.add((await createLocalDriver(JSON.parse(process.argv[1])).describe()).isolated)
      console.log([...found].join())`
    const own = (await world.driver.describe()).isolated
    const runners = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(world.options)], { stdio: ['ignore', 'pipe', 'inherit'] }))
    const said = await Promise.all(runners.map((runner) => text(runner.stdout)))
    expect(new Set(said)).toEqual(new Set([`${own}\n`]))
    await world.close()
  })
})
