import { sql } from '#lib/db/client.ts'
import type { Check } from './checks.ts'
import { untilTidy } from './tidy.ts'
import type { World } from './world.ts'

/** The engine ends, and takes its containers along: each that was lost is told of, and everything runs again. */
export async function takeDown({ ground, driver, check }: World, say: (text: string) => void): Promise<Check[]> {
  if (ground.takeDown === null) return []
  const running = (await driver.list()).filter((state) => state.running).map(({ name }) => name)
  const [clock] = await sql<{ now: Date }[]>`select clock_timestamp() as now`
  await ground.takeDown()
  say(`the engine took ${running.length} containers down with it`)
  // It is told once it runs, and not before.
  return untilTidy(async () => {
    const tidied = await check()
    const told = await sql<{ detail: string }[]>`select detail from events where kind = 'container started again' and at >= ${clock!.now}`
    return [
      { name: 'containers lost with the engine of which nothing is told', problems: running.filter((name) => !told.some(({ detail }) => detail.includes(name))) },
      ...tidied.map(({ name, problems }) => ({ name: `after that: ${name}`, problems })),
    ]
  })
}
