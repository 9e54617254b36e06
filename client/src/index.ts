// What @filmgate/client offers.
export { type Answer, type Body, type Item, type Query, type Schema, Unchecked, type Video, type WebhookEvent } from './calls.ts'
export type { Content, ContentOptions } from './content.ts'
export { CLIENT_CODES, type ErrorCode, type ErrorKind, FilmgateError, type Offer, type RowProblem } from './errors.ts'
export { createFilmgate, type Filmgate, type FilmgateOptions, type RawOptions } from './filmgate.ts'
export { KEYED_PATHS, PROBLEM_CODES, type paths } from './generated.ts'
export { nextLook } from './schedule.ts'
export type { CreateAndWaitOptions, Videos, WaitOptions } from './videos.ts'
export { verifyWebhook } from './webhook.ts'
