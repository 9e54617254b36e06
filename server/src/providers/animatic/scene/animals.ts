import type { SKRSContext2D } from '@napi-rs/canvas'
import type { Silhouette } from './silhouette.ts'

interface Build {
  /** Height of the back, length and thickness of the trunk: fractions of the animal's height. */
  readonly back: number
  readonly length: number
  readonly girth: number
  readonly leg: number
  /** Where the head is, from the shoulder, and how large. */
  readonly neck: readonly [number, number]
  readonly neck_width: number
  readonly head: number
  readonly snout: number
  readonly tail: 'brush' | 'long' | 'tuft' | 'stub'
  readonly extra?: (context: SKRSContext2D, head_x: number, head_y: number, t: number) => void
  readonly pace?: number
}

/** Four-legged animals differ in proportions; one drawing does for all. */
function quadruped(build: Build): Silhouette {
  return (context, t, paint) => {
    const { back, length, girth, leg, neck, head, snout } = build
    const rear = -length / 2
    const front = length / 2
    const phase = t * (build.pace ?? 5)
    const bob = 0.012 * Math.sin(2 * phase)
    context.lineCap = 'round'
    context.lineJoin = 'round'
    context.strokeStyle = paint.body
    context.fillStyle = paint.body

    context.lineWidth = leg
    const hip_y = -back + girth * 0.65
    for (const [x, offset] of [
      [rear + 0.06, 0],
      [rear + 0.1, Math.PI],
      [front - 0.06, Math.PI * 0.5],
      [front - 0.1, Math.PI * 1.5],
    ] as const) {
      const swing = Math.sin(phase + offset) * 0.13 * Math.min(1, -hip_y * 1.6)
      const lift = Math.max(0, Math.cos(phase + offset)) * 0.05
      context.beginPath()
      context.moveTo(x, hip_y)
      context.lineTo(x + swing * 0.35 - 0.015, hip_y * 0.5)
      context.lineTo(x + swing, -leg * 0.5 - lift)
      context.stroke()
    }

    context.beginPath()
    context.moveTo(rear, -back + girth * 0.25 + bob)
    context.bezierCurveTo(
      rear + 0.02,
      -back - girth * 0.12 + bob,
      -0.02,
      -back + girth * 0.1 + bob,
      front - 0.05,
      -back - girth * 0.06 + bob,
    )
    context.bezierCurveTo(front + girth * 0.35, -back + bob, front + girth * 0.3, -back + girth * 0.9, front - 0.04, -back + girth)
    context.bezierCurveTo(0, -back + girth * 0.78, rear + 0.12, -back + girth * 0.8, rear + 0.04, -back + girth * 1.02)
    context.bezierCurveTo(rear - 0.05, -back + girth * 0.9, rear - 0.03, -back + girth * 0.5, rear, -back + girth * 0.25 + bob)
    context.fill()

    const head_x = front + neck[0]
    const head_y = -back + girth * 0.2 - neck[1] + bob * 2
    context.lineWidth = build.neck_width
    context.beginPath()
    context.moveTo(front - 0.04, -back + girth * 0.34 + bob)
    context.quadraticCurveTo(front + neck[0] * 0.35, -back + girth * 0.2 - neck[1] * 0.35, head_x - head * 0.3, head_y)
    context.stroke()
    context.beginPath()
    context.ellipse(head_x, head_y, head, head * 0.72, 0.25, 0, 2 * Math.PI)
    context.fill()
    context.beginPath()
    context.ellipse(head_x + head * 0.8 + snout * 0.3, head_y + head * 0.38, snout, head * 0.36, 0.35, 0, 2 * Math.PI)
    context.fill()

    tail(context, build.tail, rear, -back + girth * 0.22 + bob, t)
    build.extra?.(context, head_x, head_y, t)
  }
}

function tail(context: SKRSContext2D, kind: Build['tail'], x: number, y: number, t: number): void {
  const wag = 0.05 * Math.sin(t * 3)
  context.beginPath()
  context.moveTo(x + 0.02, y + 0.03)
  if (kind === 'stub') {
    context.lineWidth = 0.05
    context.lineTo(x - 0.05, y + 0.05)
  } else if (kind === 'brush') {
    context.lineWidth = 0.075
    context.quadraticCurveTo(x - 0.16, y + 0.02, x - 0.24, y - 0.14 + wag)
  } else if (kind === 'long') {
    context.lineWidth = 0.045
    context.bezierCurveTo(x - 0.2, y + 0.1, x - 0.24, y - 0.12, x - 0.3 + wag, y - 0.3)
  } else {
    context.lineWidth = 0.055
    context.quadraticCurveTo(x - 0.1, y + 0.05, x - 0.11 + wag, y + 0.32)
  }
  context.stroke()
}

function ears(size: number, upright: boolean): NonNullable<Build['extra']> {
  return (context, x, y) => {
    for (const shift of [-0.055, 0.01]) {
      context.beginPath()
      context.moveTo(x + shift - size * 0.4, y - 0.02)
      context.lineTo(x + shift - (upright ? 0 : size * 0.6), y - size - 0.05)
      context.lineTo(x + shift + size * 0.5, y - 0.03)
      context.fill()
    }
  }
}

export const dog = quadruped({
  back: 0.68,
  length: 0.72,
  girth: 0.3,
  leg: 0.075,
  neck: [0.14, 0.22],
  neck_width: 0.17,
  head: 0.12,
  snout: 0.1,
  tail: 'brush',
  extra: ears(0.13, true),
  pace: 8,
})

export const cat = quadruped({
  back: 0.57,
  length: 0.72,
  girth: 0.29,
  leg: 0.075,
  neck: [0.12, 0.16],
  neck_width: 0.17,
  head: 0.135,
  snout: 0.045,
  tail: 'long',
  extra: ears(0.14, true),
  pace: 5,
})

export const horse = quadruped({
  back: 0.68,
  length: 0.66,
  girth: 0.28,
  leg: 0.06,
  neck: [0.17, 0.23],
  neck_width: 0.19,
  head: 0.085,
  snout: 0.03,
  tail: 'tuft',
  pace: 7,
  extra: (context, x, y, t) => {
    // A long face that hangs from the neck, and hair that blows behind it.
    context.beginPath()
    context.moveTo(x - 0.06, y - 0.06)
    context.quadraticCurveTo(x + 0.06, y - 0.08, x + 0.21, y + 0.1)
    context.quadraticCurveTo(x + 0.22, y + 0.16, x + 0.15, y + 0.16)
    context.quadraticCurveTo(x + 0.06, y + 0.14, x - 0.02, y + 0.1)
    context.fill()
    context.lineWidth = 0.045
    for (let i = 0; i < 6; i += 1) {
      const u = i / 5
      const blow = 0.025 * Math.sin(t * 5 + i)
      context.beginPath()
      context.moveTo(x - 0.05 - u * 0.17, y - 0.05 + u * 0.2)
      context.quadraticCurveTo(x - 0.12 - u * 0.17, y - 0.06 + u * 0.2, x - 0.19 - u * 0.15, y + 0.01 + u * 0.2 + blow)
      context.stroke()
    }
    context.lineWidth = 0.06
    context.beginPath()
    context.moveTo(-0.33, -0.62)
    context.bezierCurveTo(-0.46, -0.66, -0.5, -0.4, -0.47 + 0.04 * Math.sin(t * 4), -0.24)
    context.stroke()
    ears(0.05, true)(context, x - 0.01, y - 0.045, t)
  },
})

export const deer = quadruped({
  back: 0.56,
  length: 0.5,
  girth: 0.2,
  leg: 0.042,
  neck: [0.13, 0.24],
  neck_width: 0.1,
  head: 0.068,
  snout: 0.065,
  tail: 'stub',
  pace: 2.2,
  extra: (context, x, y) => {
    context.lineWidth = 0.022
    for (const side of [-1, 0.55]) {
      const beam = (u: number): readonly [number, number] => [
        x - 0.03 + side * (0.13 * u + 0.07 * Math.sin(Math.PI * u)),
        y - 0.05 - 0.26 * u,
      ]
      context.beginPath()
      context.moveTo(...beam(0))
      for (let u = 0.1; u <= 1; u += 0.1) context.lineTo(...beam(u))
      for (const u of [0.3, 0.55, 0.8]) {
        const [tine_x, tine_y] = beam(u)
        context.moveTo(tine_x, tine_y)
        context.quadraticCurveTo(tine_x + 0.05, tine_y - 0.01, tine_x + 0.055, tine_y - 0.085)
      }
      context.stroke()
    }
    ears(0.06, false)(context, x - 0.01, y, 0)
  },
})

export const bear = quadruped({
  back: 0.86,
  length: 0.92,
  girth: 0.6,
  leg: 0.16,
  neck: [0.2, -0.04],
  neck_width: 0.3,
  head: 0.16,
  snout: 0.1,
  tail: 'stub',
  pace: 3,
  extra: (context, x, y) => {
    context.beginPath()
    context.arc(x - 0.08, y - 0.11, 0.05, 0, 2 * Math.PI)
    context.arc(x + 0.03, y - 0.12, 0.05, 0, 2 * Math.PI)
    context.fill()
  },
})

export const camel = quadruped({
  back: 0.62,
  length: 0.62,
  girth: 0.26,
  leg: 0.055,
  neck: [0.27, 0.26],
  neck_width: 0.085,
  head: 0.07,
  snout: 0.075,
  tail: 'tuft',
  pace: 3,
  extra: (context) => {
    for (const x of [-0.14, 0.12]) {
      context.beginPath()
      context.moveTo(x - 0.17, -0.52)
      context.bezierCurveTo(x - 0.08, -0.62, x - 0.07, -0.78, x, -0.78)
      context.bezierCurveTo(x + 0.07, -0.78, x + 0.08, -0.62, x + 0.17, -0.52)
      context.fill()
    }
  },
})

export const elephant = quadruped({
  back: 0.94,
  length: 0.9,
  girth: 0.52,
  leg: 0.16,
  neck: [0.16, 0.0],
  neck_width: 0.3,
  head: 0.19,
  snout: 0.06,
  tail: 'tuft',
  pace: 2.4,
  extra: (context, x, y, t) => {
    context.lineWidth = 0.085
    context.beginPath()
    context.moveTo(x + 0.14, y + 0.02)
    context.bezierCurveTo(x + 0.3, y + 0.2, x + 0.2, y + 0.45, x + 0.3 + 0.03 * Math.sin(t), y + 0.6)
    context.stroke()
    context.beginPath()
    context.ellipse(x - 0.1, y + 0.04, 0.13, 0.19, 0.2, 0, 2 * Math.PI)
    context.fill()
  },
})

/** A loose flock; each bird flaps in its own time. */
export const birds: Silhouette = (context, t, paint) => {
  context.strokeStyle = paint.body
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (let i = 0; i < 7; i += 1) {
    const row = Math.ceil(i / 2)
    const x = -row * 0.62 + 0.1 * Math.sin(t * 0.7 + i)
    const y = (i % 2 === 0 ? 1 : -1) * row * 0.3 + 0.06 * Math.sin(t * 1.1 + 2 * i)
    const flap = Math.sin(t * 6.5 + i * 1.3)
    const size = 0.42 - 0.025 * i
    context.lineWidth = 0.055
    context.beginPath()
    context.moveTo(x - size, y - size * (0.25 + 0.4 * flap))
    context.quadraticCurveTo(x - size * 0.42, y - size * (0.35 + 0.3 * flap), x, y)
    context.quadraticCurveTo(x + size * 0.42, y - size * (0.35 + 0.3 * flap), x + size, y - size * (0.25 + 0.4 * flap))
    context.stroke()
  }
}

/** A school that turns its bodies as it swims. */
export const fish: Silhouette = (context, t, paint) => {
  for (let i = 0; i < 11; i += 1) {
    const angle = i * 2.4
    const x = Math.cos(angle) * (0.3 + 0.13 * i) + 0.08 * Math.sin(t + i)
    const y = Math.sin(angle) * (0.14 + 0.05 * i) + 0.05 * Math.sin(1.3 * t + 2 * i)
    const size = 0.2 - 0.006 * i
    const beat = 0.06 * Math.sin(t * 7 + i)
    context.fillStyle = i % 3 === 0 ? '#f2a14a' : paint.body
    context.beginPath()
    context.moveTo(x + size, y)
    context.quadraticCurveTo(x + size * 0.2, y - size * 0.55, x - size * 0.7, y)
    context.quadraticCurveTo(x + size * 0.2, y + size * 0.55, x + size, y)
    context.moveTo(x - size * 0.55, y)
    context.lineTo(x - size * 1.15, y - size * 0.4 + beat)
    context.lineTo(x - size * 1.15, y + size * 0.4 + beat)
    context.fill()
  }
}

/** Breaches, hangs for a moment and falls back, every nine seconds. */
export const whale: Silhouette = (context, t, paint) => {
  const cycle = (t % 9) / 9
  const rise = Math.sin(Math.PI * Math.min(1, cycle * 1.6)) ** 0.7
  context.beginPath()
  context.rect(-3, -4, 6, 4)
  context.clip()
  context.translate(0, 1.5 - 1.45 * rise)
  context.rotate(-0.5 + 0.7 * cycle)
  context.fillStyle = paint.body
  context.beginPath()
  context.moveTo(-0.36, 0.6)
  context.bezierCurveTo(-0.5, -0.4, -0.36, -1.2, 0.04, -1.38)
  context.bezierCurveTo(0.36, -1.3, 0.42, -0.3, 0.36, 0.6)
  context.fill()
  context.fillStyle = paint.light
  context.beginPath()
  context.moveTo(0.1, -1.33)
  context.bezierCurveTo(0.36, -1.2, 0.4, -0.3, 0.35, 0.6)
  context.bezierCurveTo(0.2, 0.2, 0.2, -0.6, 0.1, -1.33)
  context.fill()
  context.fillStyle = paint.body
  context.beginPath()
  context.moveTo(-0.2, -0.5)
  context.quadraticCurveTo(-0.7, -0.5, -0.82, -0.12)
  context.quadraticCurveTo(-0.5, -0.2, -0.22, -0.2)
  context.fill()
}
