import { join } from 'node:path'
import { z } from 'zod'
import { config } from '../../config.ts'
import type { Registration } from '../registration.ts'
import { createLocalDriver } from './driver.ts'

/** The place that every stack has, below Davit's own folder. */
const own = 'local'

const name = z.string().trim().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens, at most 63')
const folder = z.string().trim().regex(/^\/[^\0\r\n]*$/, 'an absolute path, such as /mnt/fast')

/** Besides the one below Davit's own folder. */
const Given = z.object({
  places: z
    .array(z.object({ name, folder }))
    .max(20, 'at most 20')
    .default([])
    .superRefine((places, context) => {
      for (const [index, { name: called }] of places.entries()) {
        if (called === own || places.findIndex((one) => one.name === called) < index) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'taken by another place' })
      }
    }),
})

const Kept = z.object({
  /** False: apps run as Davit's own user, as they do wherever isolation is not possible. */
  isolate: z.boolean().default(true),
  /** Where databases keep their data, each of which may be a disk of its own. Without a folder: below Davit's. */
  places: z.array(z.object({ name, folder: folder.optional() })).min(1).default([{ name: own }]),
})

export const local: Registration = {
  open({ id, settings }) {
    const { isolate, places } = Kept.parse(settings ?? {})
    return createLocalDriver({
      folder: join(config.dataPath, 'stacks', String(id)),
      machine: join(config.dataPath, 'machine'),
      ports: config.containerPorts,
      uids: config.uids,
      isolate,
      places,
      reserveMb: config.diskFloorMb,
    })
  },
  Given,
  seal: (given) => ({ places: [{ name: own }, ...Given.parse(given).places] }),
  keep: (sealed, former) => ({ ...former, ...sealed }),
  show: (kept) => ({ places: Kept.parse(kept).places.filter((place) => place.folder !== undefined) }),
  engine: null,
}
