import { generateKeyPairSync, sign } from 'node:crypto'

/** A certificate that nobody signed but itself, for a day: browsers take it only where a test tells them to. */
export function selfSigned(): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from('davit')))))
  const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
  const dayMs = 24 * 3600 * 1000
  const valid = sequence(instant(Date.now() - dayMs), instant(Date.now() + dayMs))
  const serial = der(0x02, Buffer.from([1]))
  const certified = sequence(serial, ecdsaWithSha256, name, valid, name, publicKey.export({ type: 'spki', format: 'der' }))
  const seal = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', certified, privateKey)]))
  const cert = sequence(certified, ecdsaWithSha256, seal)
  return { key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })), cert: `-----BEGIN CERTIFICATE-----\n${cert.toString('base64')}\n-----END CERTIFICATE-----\n` }
}

/** Tag, length, content, as X.690 has it; up to 64 KB. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), content])
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts))
const instant = (ms: number) => der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))
