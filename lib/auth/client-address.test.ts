import { BlockList } from 'node:net'
import { expect, test } from 'vitest'
import { clientAddress, networkOf, siteOf } from './client-address.ts'

const none = new BlockList()
const trusted = new BlockList()
trusted.addAddress('127.0.0.1')
trusted.addSubnet('10.0.0.0', 8)
trusted.addSubnet('fd00::', 8, 'ipv6')

test('without trusted proxies it is the address of the socket, whatever the request says', () => {
  expect(clientAddress('203.0.113.7', '198.51.100.1', none)).toBe('203.0.113.7')
  expect(clientAddress('127.0.0.1', '198.51.100.1', none)).toBe('127.0.0.1')
  expect(clientAddress('::ffff:203.0.113.7', undefined, none)).toBe('203.0.113.7')
  expect(clientAddress(undefined, undefined, none)).toBe('')
})

test('behind trusted proxies it is the nearest address that none of them has, and what a client wrote itself counts for nothing', () => {
  expect(clientAddress('127.0.0.1', '198.51.100.1', trusted)).toBe('198.51.100.1')
  expect(clientAddress('::ffff:127.0.0.1', '192.0.2.99, 198.51.100.1, 10.1.2.3', trusted)).toBe('198.51.100.1')
  expect(clientAddress('203.0.113.7', '198.51.100.1', trusted), 'somebody who is no proxy').toBe('203.0.113.7')
  expect(clientAddress('fd00::1', '2001:db8::7', trusted)).toBe('2001:db8::7')
  expect(clientAddress('127.0.0.1', '198.51.100.1:4711', trusted), 'with the port, as some write it').toBe('198.51.100.1')
  expect(clientAddress('127.0.0.1', '[2001:db8::7]:4711', trusted)).toBe('2001:db8::7')
  expect(clientAddress('127.0.0.1', '198.51.100.1, unknown', trusted), 'what cannot be read ends the way').toBe('127.0.0.1')
  expect(clientAddress('127.0.0.1', undefined, trusted)).toBe('127.0.0.1')
})

test('one IPv6 network counts as one address: whoever has one has 2⁶⁴', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::ffff'))
  expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'))
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7')
})

test('a site is what one customer is given: an IPv6 /48, and the /24 of an IPv4 address', () => {
  expect(siteOf('2001:db8:1:2::1')).toBe('2001:db8:1::/48')
  expect(siteOf('2001:db8::1')).toBe('2001:db8:0::/48')
  expect(siteOf('203.0.113.7')).toBe('203.0.113.0/24')
  expect(siteOf('')).toBe('')
})
