import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commonFailure, filesOf, type Source, type Variant } from './source.ts'

const buildOf: Partial<Record<Variant, string>> = {
  // Two shells deep, and not in the foreground: what a build tool looks like.
  'slow to build': `echo building\nsh -c "sh -c 'sleep 2; echo deep' & wait"\necho built\n`,
  'build fails': `echo building\nsleep 0.3\necho 'no such module' >&2\nexit 7\n`,
}

/** A git repository outside of Davit's own data; every deploy gets a commit of its own, so that each really builds. */
export function makeRepository(path: string, shape: { overlap: boolean }): Source {
  mkdirSync(path, { mode: 0o755 })
  const git = (...args: string[]) => execFileSync('git', ['-C', path, '-c', 'user.name=chaos', '-c', 'user.email=chaos@localhost', ...args], { encoding: 'utf8' })
  git('init', '--quiet', '--initial-branch=main')
  let made = 0
  return {
    input: { sources: [{ url: path }], buildCommand: 'sh build.sh' },
    variants: { good: 6, 'slow to build': 3, 'slow before release': 3, 'build fails': 1, 'before_release fails': 2, 'never listens': 1, 'crashes at start': 2 },
    failsWith: (variant: Variant) => (variant === 'build fails' ? /The build command ended with exit code 7/ : commonFailure(variant)),
    async commit(variant) {
      const tag = `v${++made}`
      const files = { ...filesOf(variant, tag, shape), 'build.sh': buildOf[variant] ?? 'echo built > built\n' }
      for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
      git('add', '--all')
      git('commit', '--quiet', '-m', `${variant} ${tag}`)
      git('tag', tag)
      return tag
    },
  }
}
