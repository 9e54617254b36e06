import type { Video } from '@filmgate/client'

// Answers of a gateway, as a real one gave them; ids and times made round.

export const QUOTE = {
  object: 'quote',
  id: 'quote_01',
  model: 'sora-2',
  credits: 80,
  usd: '0.80',
  expires_at: 1_795_349_400,
  rate_card: { id: 'openai-2026-05', version: 1 },
  lines: [{ label: 'sora-2 720p', quantity: '8', unit: 'second', rate: '10', credits: '80' }],
  lane: 'standard',
  route: 'animatic/sora-2',
  eta: { low_s: 2, high_s: 6 },
  candidates: [{ route: 'animatic/sora-2', provider: 'animatic', model: 'sora-2', credits: 80, eta: { low_s: 2, high_s: 6 } }],
  demo: true,
}

const MADE_AT = 1_795_348_800

/** A video as it stands in a stage. */
export function video(stage: 'waiting_to_start' | 'rendering' | 'done', more: Partial<Video> = {}): Video {
  const ended = stage === 'done'
  return {
    id: 'video_01',
    object: 'video',
    model: 'sora-2',
    status: ended ? 'completed' : stage === 'rendering' ? 'in_progress' : 'queued',
    progress: ended ? 100 : stage === 'rendering' ? 40 : 0,
    created_at: MADE_AT,
    completed_at: ended ? MADE_AT + 6 : null,
    expires_at: null,
    prompt: 'A lighthouse',
    size: '1280x720',
    seconds: '8',
    remixed_from_video_id: null,
    error: null,
    metadata: {},
    filmgate: {
      operation: 'create',
      source_video: null,
      credits: { quoted: 80, held: ended ? 0 : 80, captured: ended ? 80 : 0, released: 0 },
      lane: 'standard',
      route: 'animatic/sora-2',
      provider: 'animatic',
      attempts: 1,
      eta: ended ? { low_s: 0, high_s: 0 } : { low_s: 2, high_s: 6 },
      stage,
      receipt_url: 'http://127.0.0.1:8787/v1/videos/video_01/receipt',
      demo: true,
    },
    ...more,
  }
}

/** One that failed: its hold went back. */
export function failedVideo() {
  const failed = video('done', {
    status: 'failed',
    progress: 40,
    error: { code: 'provider_failed', message: 'The provider could not make it.' },
  })
  return { ...failed, filmgate: { ...failed.filmgate, credits: { quoted: 80, held: 0, captured: 0, released: 80 } } }
}

export const BALANCE = { object: 'balance', available: 1_240, held: 0, spent: 0, owed: 0, expiring: [], grants: [] }

export const BATCH_CHECK = {
  object: 'batch_check',
  total: 2,
  price_credits: 160,
  worst_credits: 160,
  price_usd: '1.60',
  max_credits: null,
  eta: { low_s: 6, high_s: 20 },
  kinds: [{ model: 'sora-2', seconds: '8', size: '1280x720', count: 2, credits: 80, usd: '0.80' }],
}

/** A batch of two orders as it stands. */
export function batch(state: 'ready' | 'running' | 'paused' | 'ended', more: Readonly<Record<string, unknown>> = {}) {
  const ended = state === 'ended'
  return {
    id: 'batch_01',
    object: 'batch',
    endpoint: '/v1/videos',
    status: ended ? 'completed' : 'in_progress',
    input_file_id: '',
    completion_window: '24h',
    created_at: MADE_AT,
    request_counts: { total: 2, completed: ended ? 2 : 0, failed: 0 },
    metadata: {},
    filmgate: {
      name: 'shots.csv',
      state,
      paused_reason: null,
      price_credits: 160,
      worst_credits: 160,
      price_usd: '1.60',
      max_credits: 160,
      held: state === 'running' ? 160 : 0,
      charged: ended ? 160 : 0,
      remaining_credits: state === 'ready' ? 160 : 0,
      counts: { waiting: state === 'ready' ? 2 : 0, open: state === 'running' ? 2 : 0, completed: ended ? 2 : 0, failed: 0, cancelled: 0 },
      concurrency: 10,
      delay_s: 0,
      on_insufficient: 'pause',
      eta: { low_s: 6, high_s: 20 },
      results_url: '/v1/batches/batch_01/results',
      ...more,
    },
  }
}
