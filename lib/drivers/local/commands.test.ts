import { describe, expect, it } from 'vitest'
import { asUid } from '../machine/argv.ts'
import { changeOwner, containerCommand, punchHole, type ContainerCommand } from './commands.ts'

const container: ContainerCommand = {
  namespaces: true,
  uid: 610_001,
  image: 'images/abc',
  folder: 'containers/web-1',
  kind: 'run',
  scripts: { root: '/s/root.sh', init: '/s/init.sh' },
  command: 'node server.js --name "a b"',
  volume: null,
  stopSignal: null,
}
const asApp = 'setpriv --pdeathsig=KILL --reuid=610001 --regid=610001 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all'

describe('containerCommand', () => {
  it('isolates: namespaces first, then the layer, then the uid, then the command as one argument', () => {
    const argv = containerCommand(container)
    expect(argv.join(' ')).toBe(
      `unshare --pid --fork --kill-child=SIGKILL --propagation slave --mount-proc /bin/sh /s/root.sh /run/davit-container images/abc containers/web-1 run  ${asApp} /bin/sh /s/init.sh -1 TERM node server.js --name "a b"`,
    )
    expect(argv.at(-1)).toBe(container.command)
  })

  it('works in the image itself while it is built', () => {
    expect(containerCommand({ ...container, kind: 'build' }).slice(9, 13)).toEqual(['/run/davit-container', 'images/abc', 'containers/web-1', 'build'])
  })

  it('lives on when its starter dies, where there are no namespaces', () => {
    expect(containerCommand({ ...container, namespaces: false }).join(' ')).toBe(
      `${asApp.replace(' --pdeathsig=KILL', '')} /bin/sh /s/init.sh 0 TERM node server.js --name "a b"`,
    )
    expect(containerCommand({ ...container, namespaces: false, uid: null })).toEqual(['/bin/sh', '/s/init.sh', '0', 'TERM', container.command])
  })
})

describe('containerCommand of a database', () => {
  it('lays its volume out, and tells the command alone to stop', () => {
    const argv = containerCommand({ ...container, volume: '/places/a/mounts/v/files', stopSignal: 'SIGINT' })
    expect(argv.slice(9, 14)).toEqual(['/run/davit-container', 'images/abc', 'containers/web-1', 'run', '/places/a/mounts/v/files'])
    expect(argv.slice(-3)).toEqual(['command', 'INT', container.command])
  })
})

describe('the small commands', () => {
  it('are what one would have typed', () => {
    expect(asUid(7, ['true']).join(' ')).toBe('setpriv --reuid=7 --regid=7 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all true')
    expect(punchHole('/o', 4096).join(' ')).toBe('fallocate --punch-hole --offset 0 --length 4096 /o')
    expect(changeOwner('/t', 7).join(' ')).toBe('chown -hR 7:7 /t')
  })
})
