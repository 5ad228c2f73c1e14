import { expect, test } from 'vitest'
import { rangesIn } from './routes.ts'

const heading = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
const route = (device: string, destination: string, mask: string, { gateway = '00000000', flags = '0001' } = {}) => `${device}\t${destination}\t${gateway}\t${flags}\t0\t0\t0\t${mask}\t0\t0\t0  `
const asAddress = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
const shown = (...routes: string[]) => rangesIn([heading, ...routes, ''].join('\n')).map(({ first, last }) => `${asAddress(first)} to ${asAddress(last)}`)

test('what is right behind an interface is at hand, and what is behind a gateway is not', () => {
  const routes = [route('eth0', '00000000', '00000000', { gateway: '0100A8C0', flags: '0003' }), route('eth0', '0000A8C0', '00FFFFFF'), route('br-1', '0000C00A', '00FCFFFF')]
  expect(shown(...routes)).toEqual(['192.168.0.0 to 192.168.0.255', '10.192.0.0 to 10.192.3.255'])
})

test('the way out is no network, also where it has no gateway, as with PPP and tunnels', () => {
  expect(shown(route('ppp0', '00000000', '00000000'), route('wg0', '00000000', '00000080'), route('wg0', '00000080', '00000080'))).toEqual([])
  expect(shown(route('tun0', '0000000A', '000000FF'))).toEqual(['10.0.0.0 to 10.255.255.255'])
})
