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

test('what davit.yml has wrong is told with its line, its path and what is allowed', () => {
  refused('drain_seconds: 5\nservices:\n  web:\n    stop_seconds: soon', 'davit.yml, line 4, services.web.stop_seconds: a whole number')
  refused('drain_seconds: 901', 'davit.yml, line 1, drain_seconds: at most 900')
  refused('# a remark\nbefore_release: migrate', 'davit.yml, line 2, before_release: expected a list')
  refused('services:\n  web:\n    graceful: true', 'davit.yml, line 3, services.web: there is no "graceful"')
  expect(() => parseManifest('web: serve', 'services: [}')).toThrow(/^davit.yml cannot be read: .* at line 1/)
  expect(() => parseManifest('web: serve', 'a: &a [1]\nb: *a')).toThrow(/^davit.yml cannot be read/)
})

test('davit.yml gives a service another command, or adds one', () => {
  const { services } = parseManifest('web: serve', 'services:\n  web: {command: serve --fast}\n  worker: {command: work, uptime_seconds: 2}')
  expect(services).toMatchObject({ web: { command: 'serve --fast', port: true }, worker: { command: 'work', port: false, uptimeSeconds: 2 } })
  refused('services: {worker: {}}', 'davit.yml speaks of a service "worker" that the Procfile does not have.')
  refused('services:\n  worker:\n    command: |\n      one\n      two', 'davit.yml, line 3, services.worker.command: write it on one line')
  refused('services: {"a b": {command: x}}', 'davit.yml: "a b" cannot be a service\'s name: letters, digits, _ and - only, at most 63.')
})
