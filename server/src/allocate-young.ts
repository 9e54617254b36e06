// V8 watches where objects are made that live through its first collections, and makes their like among the old from then on. Here nearly everything
// lives as long as a batch or a request: what it judged by in a busy first second holds for good, and each such object, dead but old, keeps
// the young ones that it points to through every quick collection. `npm run bench -- ledger` without this: a quarter less.
import { setFlagsFromString } from 'node:v8'

/** To be called before anything is made. */
export function allocateYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
