import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { CreateApp, DeployApp } from './schema.ts'

const app = { environment: 1, handle: 'shop', sources: [{ url: 'https://git.example.org/shop.git' }] }
const said = (schema: z.ZodType, input: unknown) => Object.fromEntries(schema.safeParse(input).error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [])

describe('the place that code comes from', () => {
  it('is asked for beside its field when none is given', () => {
    expect(Object.keys(said(CreateApp, { ...app, sources: undefined }))).toEqual(['sources.0.url'])
  })

  it.each(['https://git.example.org/a.git', 'ssh://git@git.example.org:2222/a', 'git@git.example.org:shop/a.git', 'file:///srv/a', '/srv/a'])('may be %s', (url) => {
    expect(said(CreateApp, { ...app, sources: [{ url }] })).toEqual({})
  })

  it.each(['ext::sh -c id', '--upload-pack=id', '-oProxyCommand=id', 'ssh://-oProxyCommand=id/a', 'ssh://git@-oProxyCommand=id/a', '-u@host:a', 'git@-host:a', 'shop', 'https://a b'])('is refused beside its field when it is %s', (url) => {
    expect(said(CreateApp, { ...app, sources: [{ url }] })).toEqual({ 'sources.0.url': 'begin with https://, ssh://, git://, file:// or /, or write user@host:path; without spaces' })
  })

  it.each(['https://me:secret@git.example.org/a', 'https://ghp_0123456789@git.example.org/a', 'http://git.example.org/a?private_token=0123', 'ssh://git:secret@git.example.org/a'])('holds no secret, as %s does', (url) => {
    expect(said(CreateApp, { ...app, sources: [{ url }] })).toEqual({ 'sources.0.url': 'leave out user, password and token: they have a field of their own' })
  })
})

describe('a ref', () => {
  it.each(['main', 'HEAD', 'v1.2.3', 'feature/a+b', '3f2c1ab'])('may be %s', (ref) => {
    expect(said(DeployApp, { app: 1, ref })).toEqual({})
  })

  it.each(['main:refs/heads/x', '-x', '--upload-pack=id', 'a b', '+main', 'a..b', 'a@{1}', '^main'])('is refused beside its field when it is %s', (ref) => {
    expect(said(DeployApp, { app: 1, ref })).toEqual({ ref: 'a branch, tag or commit, such as main or v1.2; for an image, a tag or a digest' })
    expect(said(CreateApp, { ...app, ref })).toEqual({ ref: 'a branch, tag or commit, such as main or v1.2' })
  })
})

describe('an image', () => {
  const image = (url: string, ref?: string) => CreateApp.safeParse({ environment: 1, handle: 'shop', from: 'image', sources: [{ url }], ref })
  const digest = `sha256:${'a1'.repeat(32)}`

  it.each([
    ['registry.example:5000/shop/web:1.4', undefined, 'registry.example:5000/shop/web', '1.4'],
    ['registry.example:5000/shop/web', undefined, 'registry.example:5000/shop/web', 'latest'],
    [`nginx@${digest}`, undefined, 'nginx', digest],
    ['nginx', '1.27', 'nginx', '1.27'],
    ['nginx:1.27', '1.27', 'nginx', '1.27'],
  ])('%s, and %s in the other field, is one name and one ref', (url, ref, name, wanted) => {
    expect(image(url, ref).data).toMatchObject({ sources: [{ url: name }], ref: wanted, buildCommand: null })
  })

  it('has one tag or digest', () => {
    expect(image('nginx:1.27', '1.28').error?.issues).toMatchObject([{ path: ['ref'] }])
  })

  it.each(['https://registry.example/web', 'git@git.example.org:shop', '/srv/web', 'a b', 'Shop', '-nginx', 'nginx:-x', ''])('is refused beside its field when it is %j', (url) => {
    expect(image(url).error?.issues).toMatchObject([{ path: ['sources', 0, 'url'] }])
  })

  it('is deployed at a digest, too', () => {
    expect(said(DeployApp, { app: 1, ref: digest })).toEqual({})
  })
})
