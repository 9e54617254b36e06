import { openapi } from './openapi.ts'
import { type Route, route } from './route.ts'
import { allowanceRead, allowanceSet } from './routes/allowance.ts'
import { attemptsList } from './routes/attempts.list.ts'
import { attemptsRead } from './routes/attempts.read.ts'
import { attemptsResolve } from './routes/attempts.resolve.ts'
import { balanceRead, customerBalanceRead } from './routes/balance.read.ts'
import { batchesCreate } from './routes/batches.create.ts'
import {
  batchesCancel,
  batchesList,
  batchesPause,
  batchesRead,
  batchesResume,
  batchesStart,
  batchesUpdate,
  batchItemsList,
  batchResults,
} from './routes/batches.ts'
import { billItemsList, billsAdopt, billsCreate, billsDelete, billsList, billsRead } from './routes/bills.ts'
import { callbacksReceive } from './routes/callbacks.receive.ts'
import { charactersCreate } from './routes/characters.create.ts'
import { charactersRead } from './routes/characters.read.ts'
import { chatCompletions } from './routes/chat.completions.ts'
import { clipsShow } from './routes/clips.show.ts'
import { comparisonsCreate } from './routes/comparisons.create.ts'
import { configSchemaRead } from './routes/config-schema.read.ts'
import { customersCreate } from './routes/customers.create.ts'
import { customersList } from './routes/customers.list.ts'
import { customersRead } from './routes/customers.read.ts'
import { customersUpdate } from './routes/customers.update.ts'
import { filesContent, filesCreate, filesDelete, filesList, filesRead } from './routes/files.ts'
import { grantsCreate } from './routes/grants.create.ts'
import { holdsCapture } from './routes/holds.capture.ts'
import { holdsCreate } from './routes/holds.create.ts'
import { holdsList } from './routes/holds.list.ts'
import { holdsRead } from './routes/holds.read.ts'
import { holdsRelease } from './routes/holds.release.ts'
import { keysCreate } from './routes/keys.create.ts'
import { keysList } from './routes/keys.list.ts'
import { keysRevoke } from './routes/keys.revoke.ts'
import { keysUpdate } from './routes/keys.update.ts'
import { ledgerAudit } from './routes/ledger.audit.ts'
import { ledgerList } from './routes/ledger.list.ts'
import { limitsRead, tiersList } from './routes/limits.ts'
import { marginRead } from './routes/margin.read.ts'
import { modelsList } from './routes/models.list.ts'
import { modelsRead } from './routes/models.read.ts'
import { noticesRead, noticesSet } from './routes/notices.ts'
import { paymentsConfirm, paymentsCreate, paymentsFail, paymentsList } from './routes/payments.ts'
import { plansAdvise } from './routes/plans.advise.ts'
import { packsGive, packsList, plansList } from './routes/plans.ts'
import { projectsEstimate } from './routes/projects.estimate.ts'
import { promptsCheck } from './routes/prompts.check.ts'
import { quotesCreate } from './routes/quotes.create.ts'
import { rateCardsList } from './routes/rate-cards.list.ts'
import { rateCardsRead } from './routes/rate-cards.read.ts'
import { holdsRefund, usageRefund } from './routes/refund.ts'
import { retriesRead } from './routes/retries.read.ts'
import { reversalsCreate } from './routes/reversals.create.ts'
import { owedClear, reversalsList, reversalsRead, reversalsReinstate } from './routes/reversals.ts'
import { routesList } from './routes/routes.list.ts'
import { statementRead } from './routes/statements.read.ts'
import {
  storyboardsBatch,
  storyboardsCreate,
  storyboardsDelete,
  storyboardsList,
  storyboardsMake,
  storyboardsPreview,
  storyboardsRead,
} from './routes/storyboards.ts'
import {
  subscriptionCancel,
  subscriptionChange,
  subscriptionCreate,
  subscriptionOwn,
  subscriptionRead,
  subscriptionRenew,
  subscriptionResume,
} from './routes/subscription.ts'
import { healthz, metrics, readyz } from './routes/system.ts'
import { usageBatch } from './routes/usage.batch.ts'
import { usageCreate, usageList, usageRead } from './routes/usage.create.ts'
import { videosContent } from './routes/videos.content.ts'
import { videosCreate } from './routes/videos.create.ts'
import { videosDelete } from './routes/videos.delete.ts'
import { videosEdit } from './routes/videos.edit.ts'
import { videosExtend } from './routes/videos.extend.ts'
import { videosList } from './routes/videos.list.ts'
import { videosPromote } from './routes/videos.promote.ts'
import { videosReceipt } from './routes/videos.receipt.ts'
import { videosRefund } from './routes/videos.refund.ts'
import { videosRemix } from './routes/videos.remix.ts'
import { videosRetrieve } from './routes/videos.retrieve.ts'
import { webhookDeliveriesList } from './routes/webhook-deliveries.list.ts'
import { webhookDeliveriesReplay } from './routes/webhook-deliveries.replay.ts'
import { webhookEndpointsCreate } from './routes/webhook-endpoints.create.ts'
import { webhookEndpointsDelete } from './routes/webhook-endpoints.delete.ts'
import { webhookEndpointsList } from './routes/webhook-endpoints.list.ts'
import { webhookEndpointsRead } from './routes/webhook-endpoints.read.ts'
import { webhookEndpointsRotate } from './routes/webhook-endpoints.rotate.ts'
import { webhookEndpointsTest } from './routes/webhook-endpoints.test-send.ts'
import { webhookEndpointsUpdate } from './routes/webhook-endpoints.update.ts'
import { webhookEventTypesList } from './routes/webhook-event-types.list.ts'

export const VERSION = '0.1.0'

const openapiRead = route({
  method: 'GET',
  path: '/openapi.json',
  operation_id: 'readContract',
  summary: 'This contract, as OpenAPI 3.1.',
  tag: 'Operation',
  caller: 'public',
  response: null,
  media: { 'application/json': 'An OpenAPI 3.1 document.' },
  handler: ({ reply }) => reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(contract()),
})

/** The route table: what the server answers, what OpenAPI prints, what the test of every caller walks through. */
export const ROUTES: readonly Route[] = [
  quotesCreate,
  comparisonsCreate,
  projectsEstimate,
  promptsCheck,
  plansAdvise,
  videosCreate,
  videosEdit,
  videosExtend,
  charactersCreate,
  charactersRead,
  videosList,
  videosRetrieve,
  videosDelete,
  videosContent,
  videosRemix,
  videosPromote,
  videosReceipt,
  videosRefund,
  batchesCreate,
  batchesList,
  batchesRead,
  batchItemsList,
  batchesUpdate,
  batchesStart,
  batchesPause,
  batchesResume,
  batchesCancel,
  batchResults,
  filesCreate,
  filesList,
  filesRead,
  filesContent,
  filesDelete,
  storyboardsCreate,
  storyboardsList,
  storyboardsRead,
  storyboardsDelete,
  storyboardsPreview,
  storyboardsMake,
  storyboardsBatch,
  chatCompletions,
  clipsShow,
  customersCreate,
  customersList,
  customersRead,
  ...customersUpdate,
  keysCreate,
  keysList,
  keysRevoke,
  ...keysUpdate,
  limitsRead,
  tiersList,
  grantsCreate,
  reversalsCreate,
  reversalsList,
  reversalsRead,
  reversalsReinstate,
  owedClear,
  allowanceRead,
  allowanceSet,
  packsGive,
  subscriptionRead,
  subscriptionCreate,
  subscriptionRenew,
  subscriptionChange,
  subscriptionCancel,
  subscriptionResume,
  subscriptionOwn,
  paymentsList,
  paymentsCreate,
  paymentsConfirm,
  paymentsFail,
  plansList,
  packsList,
  customerBalanceRead,
  balanceRead,
  ledgerList,
  ledgerAudit,
  statementRead,
  marginRead,
  retriesRead,
  billsCreate,
  billsList,
  billsRead,
  billItemsList,
  billsAdopt,
  billsDelete,
  attemptsList,
  attemptsRead,
  attemptsResolve,
  callbacksReceive,
  holdsCreate,
  holdsRead,
  holdsCapture,
  holdsRelease,
  holdsList,
  holdsRefund,
  usageCreate,
  usageBatch,
  usageList,
  usageRead,
  usageRefund,
  webhookEndpointsCreate,
  webhookEndpointsList,
  webhookEndpointsRead,
  webhookEndpointsUpdate,
  webhookEndpointsDelete,
  webhookEndpointsRotate,
  webhookEndpointsTest,
  webhookDeliveriesList,
  webhookDeliveriesReplay,
  webhookEventTypesList,
  noticesRead,
  noticesSet,
  modelsList,
  modelsRead,
  routesList,
  rateCardsList,
  rateCardsRead,
  healthz,
  readyz,
  metrics,
  openapiRead,
  configSchemaRead,
]

/** All that a process answers that only works. */
export const WORKER_ROUTES: readonly Route[] = [healthz, readyz, metrics]

let printed: string | null = null

/** The text of openapi.json, as it is committed and served. */
export function contract(): string {
  printed ??= `${JSON.stringify(openapi(ROUTES, VERSION), null, 2)}\n`
  return printed
}
