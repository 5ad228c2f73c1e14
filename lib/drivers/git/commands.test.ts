import { describe, expect, it } from 'vitest'
import { gitCommands } from './commands.ts'

describe('gitCommands', () => {
  const git = 'git -c core.hooksPath=/dev/null -c gc.auto=0 -c maintenance.auto=false -c core.fsmonitor=false'

  it('never take a URL or a ref for an option', () => {
    expect(gitCommands.fetchRef('/c', '-url', '-ref').join(' ')).toBe(`${git} -C /c fetch --quiet --no-tags --depth=1 --end-of-options -url -ref`)
    expect(gitCommands.commitOf('/c', 'HEAD').join(' ')).toBe(`${git} -C /c rev-parse --quiet --verify --end-of-options HEAD^{commit}`)
  })

  it('fetch everything where one ref is not enough', () => {
    expect(gitCommands.fetchAll('/c', 'u').join(' ')).toBe(
      `${git} -C /c fetch --quiet --no-tags --depth=2147483647 --force --end-of-options u +refs/heads/*:refs/davit/heads/* +refs/tags/*:refs/davit/tags/*`,
    )
  })

  it('write files and nothing else', () => {
    expect(gitCommands.checkOut('/c', '/t').join(' ')).toBe(`${git} -c core.bare=false --git-dir=/c --work-tree=/t checkout-index --all --force`)
  })
})
