import { config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { openControl } from './control.ts'
import { controlSocket } from './keep.ts'
import { Router } from './router.ts'

/** What is in flight when the router is told to end. */
const closeSeconds = 10

async function main() {
  const router = await Router.open({ dataPath: config.dataPath, host: config.routerHost, port: config.routerPort })
  const control = await openControl(router, controlSocket(config.dataPath))
  console.log(`The router takes requests on ${config.routerHost}:${config.routerPort}`)
  const close = async () => {
    control.close()
    await router.close(closeSeconds)
    process.exit(0)
  }
  process.once('SIGTERM', close)
  process.once('SIGINT', close)
}

main().catch((error: unknown) => {
  console.error(error instanceof Refusal ? error.message : error)
  process.exit(1)
})
