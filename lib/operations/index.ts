import type { Definition } from '../runner/define.ts'
import { backUpDatabase } from './back-up-database.ts'
import { configure } from './configure.ts'
import { deploy } from './deploy.ts'
import { deprovisionApp } from './deprovision-app.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { deprovisionEndpoint } from './deprovision-endpoint.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'
import { linkDatabase } from './link-database.ts'
import { provisionApp } from './provision-app.ts'
import { provisionDatabase } from './provision-database.ts'
import { provisionEndpoint } from './provision-endpoint.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { provisionStack } from './provision-stack.ts'
import { purgeBackup } from './purge-backup.ts'
import { report } from './report.ts'
import { resizeDatabase } from './resize-database.ts'
import { restartDatabase } from './restart-database.ts'
import { restart } from './restart.ts'
import { restoreBackup } from './restore-backup.ts'
import { retryRollback } from './retry-rollback.ts'
import { rollback } from './rollback.ts'
import { scale } from './scale.ts'
import { session } from './session.ts'
import { unlinkDatabase } from './unlink-database.ts'
import { updateApp } from './update-app.ts'
import { updateDatabase } from './update-database.ts'
import { updateEndpoint } from './update-endpoint.ts'
import { updateEnvironment } from './update-environment.ts'
import { updateStack } from './update-stack.ts'

/** Every operation type there is: a new one is its file and its line here. */
export const definitions: Definition[] = [
  provisionStack,
  updateStack,
  provisionEnvironment,
  updateEnvironment,
  deprovisionEnvironment,
  provisionApp,
  updateApp,
  deploy,
  configure,
  scale,
  restart,
  rollback,
  session,
  deprovisionApp,
  provisionEndpoint,
  updateEndpoint,
  deprovisionEndpoint,
  provisionDatabase,
  updateDatabase,
  restartDatabase,
  resizeDatabase,
  backUpDatabase,
  restoreBackup,
  purgeBackup,
  deprovisionDatabase,
  linkDatabase,
  unlinkDatabase,
  retryRollback,
  report,
]

/** Undefined of a row that a later version of Davit wrote. */
export function lookUpDefinition(kind: string, type: string): Definition | undefined {
  return definitions.find((one) => one.type === type && (one.kind === kind || one.kind === '*'))
}

/** @throws when no definition is known. */
export function findDefinition(kind: string, type: string): Definition {
  const found = lookUpDefinition(kind, type)
  if (!found) throw new Error(`there is no operation type ${kind}.${type}`)
  return found
}
