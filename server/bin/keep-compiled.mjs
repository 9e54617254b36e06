// Node keeps what it made of our sources, without their types and compiled, beside the packages: a start takes half the time from the second
// one on. Never in the system's folder of temporary files, which is Node's own choice: there another user could lay out code for us to run.
// Where the installation may not be written, Node goes on without.
import { enableCompileCache } from 'node:module'
import { resolve } from 'node:path'

export function keepCompiled() {
  // The children that draw and decode read it from here.
  process.env.NODE_COMPILE_CACHE ||= resolve(import.meta.dirname, '../../node_modules/.cache/filmgate')
  enableCompileCache(process.env.NODE_COMPILE_CACHE)
}
