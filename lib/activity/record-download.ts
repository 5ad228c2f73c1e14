import type { Actor } from '../auth/actor.ts'
import { allowOne } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { recordEvent } from './record-event.ts'

type Downloaded = { id: number; title: string; resourceId: number; resourceKind: string; resourceHandle: string; stackId: number | null; environmentId: number | null; appId: number | null }

/** That a log was taken away is activity, committed before its first line is sent. */
export async function recordLogDownload(actor: Actor, operation: Downloaded): Promise<void> {
  allowOne(actor, 'read', operation.environmentId)
  const { id, title, resourceId, resourceKind, resourceHandle, stackId, environmentId, appId } = operation
  await db.transaction((tx) =>
    recordEvent(tx, {
      kind: 'log downloaded',
      actor,
      resource: { id: resourceId, handle: resourceHandle, kind: resourceKind },
      stackId,
      environmentId,
      appId,
      operationId: id,
      detail: `operation ${id}: ${title}`,
    }),
  )
}
