import { expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { parseManifest } from './manifest.ts'

const refused = (davitYml: string, message: string, procfile = 'web: serve') => expect(() => parseManifest(procfile, davitYml)).toThrow(new Refusal('invalid', message))

test('a service may have the name of what every object has', () => {
  const { services } = parseManifest('constructor: serve\ntoString: serve\n0: serve', 'services: {toString: {stop_seconds: 3}}')
  expect(Object.keys(services).toSorted()).toEqual(['0', 'constructor', 'toString'])
  expect(services['constructor']).toEqual({ command: 'serve', overlap: false, uptimeSeconds: 5, stopSeconds: 10, port: false })
  expect(services['toString']).toMatchObject({ stopSeconds: 3 })
  refused('services: {valueOf: {}}', 'davit.yml speaks of a service "valueOf" that the Procfile does not have.')
})

test('two services of one name are refused with the line', () => {
  refused('', 'Procfile, line 2: there are two services named "web".', 'web: serve\nweb: other')
})
