import { join } from 'node:path'
import { z } from 'zod'
import { config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import type { Driver } from './driver.ts'
import { createLocalDriver } from './local/driver.ts'

export interface StackToOpen {
  id: number
  driver: string
  settings?: Record<string, unknown>
}

type OpenDriver = (stack: StackToOpen) => Driver

/** A driver is one folder, and one line here. */
const drivers = new Map<string, OpenDriver>([['local', openLocal]])

export const driverNames = (): string[] => [...drivers.keys()]

const opened = new Map<string, Driver>()

/** The driver of a stack, opened once per process. */
export async function openDriver(stack: StackToOpen): Promise<Driver> {
  const open = drivers.get(stack.driver)
  if (open === undefined) throw new Refusal('invalid', `There is no driver "${stack.driver}"; there are ${driverNames().join(', ')}.`)
  const key = JSON.stringify([stack.driver, stack.id, stack.settings ?? {}])
  const driver = opened.get(key) ?? open(stack)
  opened.set(key, driver)
  return driver
}

/** For tests, which bring a world of their own: offers a driver under a name until the returned function withdraws it. */
export function offerDriver(name: string, open: OpenDriver): () => void {
  if (drivers.has(name)) throw new Error(`there is a driver "${name}" already`)
  drivers.set(name, open)
  return () => {
    drivers.delete(name)
    for (const key of opened.keys()) if (key.startsWith(JSON.stringify([name]).slice(0, -1))) opened.delete(key)
  }
}

const LocalSettings = z.object({
  /** False: apps run as Davit's own user, as they do wherever isolation is not possible. */
  isolate: z.boolean().default(true),
  /** Where databases keep their data: folders, each of which may be a disk of its own; absent: one below Davit's own. */
  places: z
    .array(z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), folder: z.string().startsWith('/') }))
    .min(1)
    .optional(),
})

function openLocal({ id, settings }: StackToOpen): Driver {
  const { isolate, places } = LocalSettings.parse(settings ?? {})
  return createLocalDriver({
    folder: join(config.dataPath, 'stacks', String(id)),
    machine: join(config.dataPath, 'machine'),
    ports: config.containerPorts,
    uids: config.uids,
    isolate,
    places,
    reserveMb: config.diskFloorMb,
  })
}
