import { Refusal } from '../refusal.ts'
import { docker } from './docker/settings.ts'
import type { Driver } from './driver.ts'
import { local } from './local/settings.ts'
import type { Registration, StackToOpen } from './registration.ts'

export type { Fact, Settings, StackToOpen } from './registration.ts'

/** A driver is one folder, and one line here. */
const drivers = new Map<string, Registration>([['local', local], ['docker', docker]])

export const driverNames = (): string[] => [...drivers.keys()]

/** @throws Refusal when there is none of that name. */
export function registrationOf(driver: string): Registration {
  const found = drivers.get(driver)
  if (found === undefined) throw new Refusal('invalid', `There is no driver "${driver}"; there are ${driverNames().join(', ')}.`, { driver: 'unknown' })
  return found
}

const opened = new Map<string, Driver>()

/** The driver of a stack, opened once per process. */
export async function openDriver(stack: StackToOpen): Promise<Driver> {
  const { open } = registrationOf(stack.driver)
  const key = JSON.stringify([stack.driver, stack.id, stack.settings ?? {}])
  const driver = opened.get(key) ?? open(stack)
  opened.set(key, driver)
  return driver
}

/** For tests, which bring a world of their own: offers a driver under a name until the returned function withdraws it. */
export function offerDriver(name: string, open: Registration['open']): () => void {
  if (drivers.has(name)) throw new Error(`there is a driver "${name}" already`)
  drivers.set(name, { ...local, open })
  return () => {
    drivers.delete(name)
    for (const key of opened.keys()) if (key.startsWith(JSON.stringify([name]).slice(0, -1))) opened.delete(key)
  }
}
