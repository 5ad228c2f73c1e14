import type { z } from 'zod'
import type { DatabaseImage } from '#drizzle/schema/database.ts'
import { findType } from '../database/types/index.ts'
import type { Owner } from '../drivers/driver.ts'
import type { Builder, Hands } from '../runner/define.ts'

interface Wanted {
  owner: Owner
  type: string
  version: string
  /** What is to be had again, as long as it is there: another of the same major version does as well. */
  image: DatabaseImage | null
}

/** Nothing is stopped or made before it is certain that there is something to start. */
export function havePrograms<Schema extends z.ZodType, Before>(wanted: (known: Before, hands: Hands) => Promise<Wanted> | Wanted) {
  return (before: Builder<Schema, Before>) =>
    before.step('have its programs there', {
      makes: () => 1,
      undoes: ({ image }: Partial<{ image: DatabaseImage }>) => (image ? null : 'stop fetching them'),
      limitSeconds: 3600,
      run: async (known: Before, hands): Promise<{ image: DatabaseImage }> => {
        const { owner, type, version, image } = await wanted(known, hands)
        const driver = await hands.driver()
        if (image && (await driver.hasImage(image.id))) return { image }
        const { name, title, sources, programs } = findType(type)
        const request = { name: hands.names[0]!, owner, sources: sources(version), programs: { name, title, ...programs }, ref: version, buildCommand: null, version: null, variables: {}, fence: hands.operation.fence }
        const pulled = await driver.pull(request, hands.io)
        hands.log(`${title} ${pulled.version}`)
        return { image: { id: pulled.id, version: pulled.version } }
      },
      compensate: async (_known, hands) => {
        const driver = await hands.driver()
        await driver.remove({ name: hands.names[0]! })
      },
    })
}
