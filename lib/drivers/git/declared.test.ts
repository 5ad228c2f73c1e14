import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../refusal.ts'
import { declaredIn } from './declared.ts'

let tree: string
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'davit-description-'))
  writeFileSync(join(tree, 'Procfile'), 'web: serve')
})
afterEach(() => rmSync(tree, { recursive: true }))

const refused = (message: string) => expect(() => declaredIn(tree)).toThrow(new Refusal('invalid', message))

describe('what an app declares', () => {
  it('is its Procfile, and davit.yml where there is one', () => {
    expect(declaredIn(tree)).toEqual({ procfile: 'web: serve', davitYml: null })
    writeFileSync(join(tree, 'davit.yml'), 'drain_seconds: 1')
    expect(declaredIn(tree)).toEqual({ procfile: 'web: serve', davitYml: 'drain_seconds: 1' })
  })

  it.each(['Procfile', 'davit.yml'])('is refused, not ignored, when %s is a link, no file, or too large', (name) => {
    const path = join(tree, name)
    rmSync(path, { force: true })
    symlinkSync('elsewhere', path)
    refused(`${name} is a link; put the file itself into the repository.`)
    rmSync(path)
    mkdirSync(path)
    refused(`${name} is not a file; put a file of that name at the root of the repository.`)
    rmSync(path, { recursive: true })
    writeFileSync(path, '#'.repeat(65_537))
    refused(`${name} has 65537 bytes; 65536 is the limit.`)
    writeFileSync(path, '#'.repeat(65_536))
    expect(declaredIn(tree)).toMatchObject({ [name === 'Procfile' ? 'procfile' : 'davitYml']: '#'.repeat(65_536) })
  })
})
