import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { asGzip, takesGzip } from './encoding.ts'

test('a client takes gzip unless it says otherwise', () => {
  expect(['gzip, deflate, br', 'gzip;q=0.5', 'br, gzip', 'GZIP;Q=0.5'].map(takesGzip)).toEqual([true, true, true, true])
  expect([null, '', 'identity', 'gzip;q=0', 'gzip; q=0.0, br', 'GZIP;Q=0'].map(takesGzip)).toEqual([false, false, false, false, false, false])
})

test('a refusal keeps its status and its words', async () => {
  const answer = asGzip(Response.json({ error: 'no' }, { status: 404 }))
  expect(answer.status).toBe(404)
  expect(JSON.parse(gunzipSync(await answer.arrayBuffer()).toString())).toEqual({ error: 'no' })
})
