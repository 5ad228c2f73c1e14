import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { apps } from '#drizzle/schema/app.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { refuseWhenDiskIsLow } from '../db/disk-floor.ts'
import type { PreviewRequest } from '../drivers/driver.ts'
import { openDriver, type StackToOpen } from '../drivers/index.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { refuseUnfit } from './fit.ts'
import { parseManifest } from '../release/manifest.ts'
import { unseal } from '../secret/seal.ts'
import type { CreateApp, DeployApp, UpdateApp } from './schema.ts'

/** In all, for every source: a person waits. What takes longer is left to the operation, which looks for itself anyway. */
const limitMs = 10_000

/** Before the form is accepted: what the first deploy would fail over is refused beside its field, and nothing is recorded. */
export async function checkNewApp(actor: Actor, { environment, from, sources, ref, buildCommand }: z.output<typeof CreateApp>): Promise<void> {
  allow(actor, 'deploy', environment)
  const [place] = await db
    .select({ stack: stacks, gone: environments.deprovisionedAt })
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(environments.id, environment))
  // The operation itself says what there is to say of a place that is none.
  if (!place || place.gone) return
  refuseUnfit(place.stack.driver, { from, buildCommand })
  const wanted = sources.map(({ url, credential }) => ({ url, credential: credential ?? null }))
  await look(place.stack, { owner: null, sources: wanted, ref }).catch(refuseBeside)
}

/** The same for what changes about it: an app can be renamed while its repository is away. */
export async function checkChangedApp(actor: Actor, { app: id, from, sources, ref, buildCommand }: z.output<typeof UpdateApp>): Promise<void> {
  const { app, stack } = await findPlace(actor, id)
  refuseUnfit(stack.driver, { from, buildCommand })
  const same = sources.length === app.sources.length && sources.every(({ url, credential }, index) => !credential && url === app.sources[index]?.url)
  if (app.deprovisionedAt || (same && ref === app.ref)) return
  // Only what is still needed is opened: what was sealed under another key can be replaced.
  const kept = new Map(app.sources.map(({ url, credential }) => [url, credential]))
  const wanted = sources.map(({ url, credential }) => ({ url, credential: credential ?? opened(kept.get(url) ?? null) }))
  await look(stack, { owner: app, sources: wanted, ref }).catch(refuseBeside)
}

export async function checkDeploy(actor: Actor, { app: id, ref }: z.output<typeof DeployApp>): Promise<void> {
  const { app, stack } = await findPlace(actor, id)
  if (app.deprovisionedAt) return
  const sources = app.sources.map(({ url, credential }) => ({ url, credential: opened(credential) }))
  await look(stack, { owner: app, sources, ref: ref ?? app.ref }).catch(refuseBesideRef)
}

async function findPlace(actor: Actor, id: number) {
  const [place] = await db
    .select({ app: apps, stack: stacks })
    .from(apps)
    .innerJoin(environments, eq(environments.id, apps.environmentId))
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(apps.id, id))
  if (!place) throw nothingHere()
  allow(actor, 'deploy', place.app.environmentId)
  return place
}

function opened(credential: string | null): string | null {
  try {
    return credential === null ? null : unseal(credential)
  } catch {
    // It is bound to the key: there is nothing else that a decryption can fail over.
    throw new Refusal('unavailable', "The credential that is kept for the app's source was sealed under another secret key. Enter it again under Settings, or start Davit with the key it had.")
  }
}

/** Resolves when nothing speaks against it, or nothing can be told within the limit. */
async function look(stack: StackToOpen, request: PreviewRequest): Promise<void> {
  await refuseWhenDiskIsLow()
  const driver = await openDriver(stack)
  const signal = AbortSignal.timeout(limitMs)
  try {
    const found = await driver.preview(request, signal)
    if (found?.declared) parseManifest(found.declared.procfile, found.declared.davitYml)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

const nothingRecorded = 'It could not be deployed like this, so nothing was recorded.'

function refuseBeside(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  const fields = fieldsOf(error)
  throw Object.keys(fields).length === 0 ? error : new Refusal(error.code, nothingRecorded, fields)
}

/** For a form that has no field for a source. */
function refuseBesideRef(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  const { ref } = fieldsOf(error)
  if (ref) throw new Refusal(error.code, nothingRecorded, { ref })
  throw new Refusal(error.code, `Nothing was recorded: ${error.message}\nWhere the code comes from is on the app's page, under Settings.`)
}

/** What is wrong with the files of a ref is wrong with the ref: another may do. */
function fieldsOf({ code, message, fields }: Refusal): Record<string, string> {
  return code === 'invalid' && Object.keys(fields).length === 0 ? { ref: message } : fields
}
