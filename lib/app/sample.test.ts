import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { config } from '../config.ts'
import { sampleSource } from './sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'davit-sample-'))

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(join(config.dataPath, 'sample'), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

test('the sample is made whatever whoever runs Davit has told git, once by two at once, and leaves no draft', async () => {
  const theirs = join(folder, 'gitconfig')
  writeFileSync(theirs, `[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = /bin/false\n[core]\n\thooksPath = ${folder}\n`)
  writeFileSync(join(folder, 'pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  vi.stubEnv('GIT_CONFIG_GLOBAL', theirs)
  const [path, same] = await Promise.all([sampleSource(), sampleSource()])
  expect(same).toBe(path)
  const branches = execFileSync('git', ['-c', `safe.directory=${path}`, '-C', path, 'branch', '--format=%(refname:short)'], { encoding: 'utf8' })
  expect(branches.trim().split('\n')).toEqual(['broken', 'main'])
  expect(readdirSync(config.dataPath).filter((name) => name.startsWith('sample'))).toEqual(['sample'])
})
