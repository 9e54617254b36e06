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
