import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import Docker from 'dockerode'

type Heard = (error: unknown, answer: unknown) => void
type Dial = (asked: { isStream?: boolean; hijack?: boolean }, heard: Heard) => void

/**
 * The client of an engine. By itself it says nothing, for ever and whatever the signal, of an answer that breaks off after
 * its headers, as that to "wait" does when the engine goes away: here each is read as a stream, which ends with an error.
 */
export function openClient(socketPath: string): Docker {
  const docker = new Docker({ socketPath })
  const modem = docker.modem as unknown as { dial: Dial }
  const dial = modem.dial.bind(modem)
  modem.dial = (asked, heard) => {
    if (asked.isStream || asked.hijack) return dial(asked, heard)
    dial({ ...asked, isStream: true }, (error, answer) => {
      if (error) heard(error, null)
      else void buffer(answer as Readable).then((bytes) => heard(null, parsed(bytes)), (reason) => heard(reason, null))
    })
  }
  return docker
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) || bytes
  } catch {
    return bytes
  }
}
