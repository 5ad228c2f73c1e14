import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Driver, DriverDescription } from '../driver.ts'
import { waitUntilHealthy } from '../health.ts'
import { outputPath } from './container-folder.ts'
import { remove, stop } from './end.ts'
import { lookUpImage, removeImage } from './image.ts'
import { discardImage, forget, listKept } from './keep.ts'
import { openLocal, type Local, type LocalOptions } from './open.ts'
import { lastLines, readOutput } from './output.ts'
import { place } from './place.ts'
import { isAlive } from '../machine/process.ts'
import { prepare } from './prepare.ts'
import { preview } from './preview.ts'
import { pull } from './pull.ts'
import { runOnce } from './run-once.ts'
import { start } from './start.ts'
import { trimOutput } from './trim.ts'
import { openVolumes } from './volumes.ts'

/**
 * Containers are processes on this machine, images are source trees built from git. A container works in
 * a layer of its own over the image, at the same path as its build did; what it writes there, and in HOME
 * and TMPDIR, goes when it is removed. That path lies outside of Davit's folders: an app finds no package
 * that it does not bring.
 */
export function createLocalDriver(options: LocalOptions): Driver {
  const local = openLocal(options)
  const { folders } = local

  async function inspect({ name }: { name: string }) {
    const record = folders.lookUp(name)
    return record && folders.state(record)
  }

  /** Also while it is being started: the process is known only after that. */
  function isRunning(name: string): boolean {
    const record = folders.lookUp(name)
    if (record === null) return false
    if (record.process === null && local.nameLocks.isHeld(name)) return true
    return isAlive(record.process ?? folders.lookUp(name)?.process ?? null)
  }

  const said: Driver['lastLines'] = async ({ name }, count) => lastLines(outputPath(folders, name), count)

  return {
    place: async (request) => place(local.places.names, request),
    pull: (request, io) => pull(local, request, io),
    hasImage: async (image) => lookUpImage(local, image) !== null,
    preview: (request, signal) => preview(local, request, signal),
    removeImage: (image) => removeImage(local, image),
    discardImage: (image, owner, isNeeded) => discardImage(local, image, owner, isNeeded),
    kept: async () => listKept(local),
    forget: (owner) => forget(local, owner),
    prepare: (container, io) => prepare(local, container, io),
    start: (container, io) => start(local, container, io),
    stop: (container, graceSeconds, io) => stop(local, container, graceSeconds, io),
    remove: (container) => remove(local, container),
    runOnce: (container, io) => runOnce(local, container, io),
    inspect,
    async list() {
      const records = folders.list()
      // Here, as the sweep asks for the list again and again, and nobody else has reason to.
      for (const { name } of records) await trimOutput(outputPath(folders, name), local.outputBytesMax)
      return records.map(folders.state)
    },
    describe: async () => description(local),
    volumes: openVolumes(local),
    waitUntilHealthy: ({ name }, check, io) => waitUntilHealthy({ name, inspect: () => inspect({ name }), lastLines: (count) => said({ name }, count) }, check, io),
    lastLines: said,
    logs: ({ name }, from, signal) => readOutput(outputPath(folders, name), from, () => isRunning(name), signal),
  }
}

/** A container is a process like any other: the kernel gives it what it asks for. */
const noLimits = 'Memory, processor, disk and network are shared: nothing limits how much of them one app takes.'

function description({ folder, isolation: { namespaces, uids, reason } }: Local): DriverDescription {
  if (namespaces && uids) {
    return { isolated: true, summary: `Each app has a user of its own, and sees neither the processes nor the data of other apps or of Davit. ${noLimits}` }
  }
  const kept = uids ? 'Each app has a user of its own, but can see' : 'Apps run as the same user as Davit, and can reach'
  const found = namespaces ? null : packagesAbove(folder)
  const shared = found && `Node also finds packages for them in ${found} that they do not declare; with DAVIT_DATA in a folder elsewhere it does not. `
  return { isolated: false, summary: `${kept} the processes of other apps${uids ? '' : ', their files and those of Davit'}: ${reason}. ${shared ?? ''}${noLimits}` }
}

/** The nearest folder in which Node looks for the packages of an app that runs below `folder`; nothing but another place ends that look-up. */
function packagesAbove(folder: string): string | null {
  const found = join(folder, 'node_modules')
  if (existsSync(found)) return found
  return folder === dirname(folder) ? null : packagesAbove(dirname(folder))
}
