import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../lib/router/free-port.ts'

/**
 * A folder and ports for a Davit of one's own. Davit's config reads the environment once, when it is imported: so this
 * comes before, and whatever imports Davit after it.
 */
export async function takeOwnPlace(name: string, more: Record<string, string> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `davit-${name}-`))
  // Postgres and the apps have uids of their own, and pass through here.
  chmodSync(folder, 0o711)
  // Below the ports that the machine hands out by itself, and away from those of a Davit that runs here.
  const first = 11_000 + (process.pid % 8) * 1000
  Object.assign(process.env, {
    DATABASE_URL: '',
    DAVIT_DATA: join(folder, 'data'),
    DAVIT_ROUTER_PORT: String(await freePort()),
    DAVIT_CONTAINER_PORTS: `${first}-${first + 799}`,
    DAVIT_ENDPOINT_PORTS: `${first + 800}-${first + 999}`,
    ...more,
  })
  return folder
}
