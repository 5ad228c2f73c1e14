import { expect, test } from 'vitest'
import { isRegistry, loginsOf, placesOf } from './registries.ts'

const mirror = (address: string, mirrorOf: string | null, credential: string | null = null) => ({ address, mirrorOf, credential })
const urls = (url: string, registries: ReturnType<typeof mirror>[]) => placesOf([{ url, credential: null }], registries).map((place) => place.url)

test('an image is asked for at what stands in for its registry, in order, and then where it comes from', () => {
  const registries = [mirror('near.example:5000', 'registry.example'), mirror('other.example', 'docker.io'), mirror('cache.example/proxy', 'registry.example')]
  expect(urls('registry.example/shop/web', registries)).toEqual(['near.example:5000/shop/web', 'cache.example/proxy/shop/web', 'registry.example/shop/web'])
  expect(urls('elsewhere.example/shop/web', registries)).toEqual(['elsewhere.example/shop/web'])
})

test("Docker Hub's images have no registry in their names, and some no folder", () => {
  const registries = [mirror('cache.example', 'docker.io')]
  expect(urls('nginx', registries)).toEqual(['cache.example/library/nginx', 'nginx'])
  expect(urls('grafana/grafana', registries)).toEqual(['cache.example/grafana/grafana', 'grafana/grafana'])
  expect(urls('docker.io/grafana/grafana', registries)[0]).toBe('cache.example/grafana/grafana')
})

test("a source's own credential goes before that of its registry, and neither to another registry", () => {
  const registries = [mirror('near.example', 'registry.example', 'a'), mirror('registry.example', null, 'b')]
  const places = (credential: string | null) => placesOf([{ url: 'registry.example/x', credential }], registries).map((place) => place.credential)
  expect(places(null)).toEqual(['a', 'b'])
  expect(places('mine')).toEqual(['a', 'mine'])
})

test("a build is given each registry's login under the name that the engine looks for, and none of those without one", () => {
  const registries = [mirror('docker.io', null, 'ann:secret'), mirror('cache.example:5000/hub', 'docker.io', 'token'), mirror('open.example', null)]
  expect(loginsOf(registries)).toEqual({
    'https://index.docker.io/v1/': { username: 'ann', password: 'secret' },
    'cache.example:5000': { username: 'token', password: 'token' },
  })
})

test('a repository is fetched from where it is', () => {
  expect(urls('https://registry.example/x.git', [mirror('near.example', 'registry.example')])).toEqual(['https://registry.example/x.git'])
})

test.each(['registry.example', 'registry.example:5000', 'localhost', '127.0.0.1:5000', 'cache.example/docker-hub'])('%s is a registry', (address) => {
  expect(isRegistry(address)).toBe(true)
})

test.each(['', 'nginx', 'https://registry.example', 'registry.example/', 'user@registry.example', 'a b.example'])('%j is none', (address) => {
  expect(isRegistry(address)).toBe(false)
})
