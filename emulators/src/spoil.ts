import type { ServerResponse } from 'node:http'
import { codeOf, type Done, type ErrorShape, page, refuse, send, sendHalf } from './answer.ts'
import type { Fault } from './fault.ts'

/** Answers, or does not, as the fault says. `done` is what a faultless answer would have been; null when nothing was carried out. */
export function spoil(response: ServerResponse, shape: ErrorShape, fault: Fault, done: Done | null): void {
  if (typeof fault === 'number') {
    refuse(response, shape, fault, codeOf(fault), toldTo(fault))
  } else if (typeof fault === 'object') {
    const { status, headers, code = codeOf(status), message = toldTo(status) } = fault
    refuse(response, shape, status, code, message, headers)
  } else {
    switch (fault) {
      case 'hang_before':
      case 'hang_after':
        break
      case 'html':
        send(response, page(200))
        break
      case 'html_502':
        send(response, page(502))
        break
      case 'html_503':
        send(response, page(503))
        break
      case 'empty':
        send(response, { status: 200, json: { object: 'video' } })
        break
      case 'not_a_video':
        send(response, { status: 200, bytes: Buffer.from('This is not a video.'), type: 'video/mp4' })
        break
      case 'truncated':
        if (done !== null) sendHalf(response, done, () => response.destroy())
        break
      case 'hang_half':
        if (done !== null) sendHalf(response, done)
        break
      case 'cut_upload':
      case 'drop_before':
      case 'drop_after':
        response.destroy()
    }
  }
}

function toldTo(status: number): string {
  return `The emulator was told to answer ${status}.`
}
