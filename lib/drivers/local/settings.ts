import { join } from 'node:path'
import { z } from 'zod'
import { config } from '../../config.ts'
import type { Registration, Settings } from '../registration.ts'
import { createLocalDriver } from './driver.ts'
import { troubleOf } from './places.ts'

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
      for (const [index, { name: called, folder: path }] of places.entries()) {
        if (called === own || places.findIndex((one) => one.name === called) < index) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'taken by another place' })
        if (places.findIndex((one) => one.folder === path) < index) context.addIssue({ code: 'custom', path: [index, 'folder'], message: 'taken by another place' })
      }
    }),
})

const Places = z.array(z.object({ name, folder: folder.optional() }))

const Kept = z.object({
  /** False: apps run as Davit's own user, as they do wherever isolation is not possible. */
  isolate: z.boolean().default(true),
  /** Where databases keep their data, each of which may be a disk of its own. Without a folder: below Davit's. */
  places: Places.min(1).default([{ name: own }]),
})

export const local: Registration = {
  open({ id, settings }) {
    const { isolate, places } = Kept.parse(settings ?? {})
    return createLocalDriver({
      folder: folderOf(id),
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
  places: {
    troubles(given, stack) {
      const kept = placesOf(stack?.settings)
      const troubles: Record<string, string> = {}
      for (const [index, { name: called, folder: path }] of placesOf(given).entries()) {
        // What was led there before may be away for now: the stack can be changed all the same.
        if (path === undefined || kept.some((one) => one.name === called && one.folder === path)) continue
        const trouble = troubleOf({ name: called, folder: path }, stack && folderOf(stack.id))
        if (trouble !== null) troubles[`settings.places.${index}.folder`] = trouble
      }
      return troubles
    },
    dropped(given, stack) {
      const wanted = placesOf(given).map((place) => place.name)
      return placesOf(stack.settings).map((place) => place.name).filter((called) => called !== own && !wanted.includes(called))
    },
  },
}

const folderOf = (id: number) => join(config.dataPath, 'stacks', String(id))

const placesOf = (settings: Settings | undefined) => Places.parse(settings?.['places'] ?? [])
