import type { Silhouette } from './silhouette.ts'

export const sailboat: Silhouette = (context, t, paint) => {
  context.rotate(0.035 * Math.sin(t * 1.5))
  context.fillStyle = paint.body
  context.beginPath()
  context.moveTo(-0.42, -0.08)
  context.quadraticCurveTo(-0.3, 0.07, 0, 0.07)
  context.quadraticCurveTo(0.32, 0.06, 0.46, -0.12)
  context.closePath()
  context.fill()
  context.fillRect(-0.012, -1, 0.024, 0.95)
  context.fillStyle = paint.light
  context.beginPath()
  context.moveTo(0.03, -0.98)
  context.quadraticCurveTo(0.42, -0.5, 0.4, -0.16)
  context.lineTo(0.03, -0.14)
  context.fill()
  context.globalAlpha = 0.75
  context.beginPath()
  context.moveTo(-0.03, -0.92)
  context.quadraticCurveTo(-0.26, -0.45, -0.34, -0.16)
  context.lineTo(-0.03, -0.14)
  context.fill()
}

export const ship: Silhouette = (context, t, paint) => {
  context.rotate(0.012 * Math.sin(t * 0.9))
  context.fillStyle = paint.body
  context.beginPath()
  context.moveTo(-1.3, -0.42)
  context.lineTo(-1.2, 0.05)
  context.lineTo(1.15, 0.05)
  context.lineTo(1.45, -0.5)
  context.lineTo(0.9, -0.42)
  context.closePath()
  context.fill()
  context.fillStyle = paint.light
  context.fillRect(-1.05, -0.62, 1.5, 0.2)
  context.fillRect(-0.9, -0.8, 1.1, 0.18)
  context.fillStyle = paint.body
  for (const x of [-0.6, -0.2]) context.fillRect(x, -1.02, 0.2, 0.24)
  context.fillRect(0.6, -1, 0.03, 0.6)
  context.fillStyle = paint.dark ? paint.lamp : paint.body
  for (let i = 0; i < 11; i += 1) context.fillRect(-0.98 + i * 0.13, -0.55, 0.05, 0.05)
}

export const car: Silhouette = (context, t, paint) => {
  const bounce = 0.012 * Math.sin(t * 9)
  context.translate(0, bounce)
  context.fillStyle = paint.lacquer
  context.beginPath()
  context.moveTo(-1.35, -0.28)
  context.quadraticCurveTo(-1.36, -0.52, -1.1, -0.56)
  context.lineTo(-0.78, -0.6)
  context.quadraticCurveTo(-0.5, -0.98, -0.2, -1)
  context.lineTo(0.28, -1)
  context.quadraticCurveTo(0.55, -0.96, 0.8, -0.6)
  context.quadraticCurveTo(1.3, -0.54, 1.36, -0.38)
  context.lineTo(1.36, -0.2)
  context.lineTo(-1.32, -0.18)
  context.closePath()
  context.fill()
  context.fillStyle = paint.light
  context.globalAlpha = 0.55
  for (const [from, to] of [
    [-0.62, -0.02],
    [0.06, 0.62],
  ] as const) {
    context.beginPath()
    context.moveTo(from, -0.62)
    context.lineTo(from + (from < 0 ? 0.24 : 0), -0.9)
    context.lineTo(to - (to > 0 ? 0.28 : 0), -0.9)
    context.lineTo(to, -0.62)
    context.fill()
  }
  context.globalAlpha = 1
  context.fillStyle = paint.body
  for (const x of [-0.82, 0.84]) {
    context.beginPath()
    context.arc(x, -0.2, 0.235, 0, 2 * Math.PI)
    context.fill()
    context.strokeStyle = paint.rim
    context.lineWidth = 0.04
    context.beginPath()
    context.arc(x, -0.2, 0.12, t * 6, t * 6 + 4.6)
    context.stroke()
  }
  context.fillStyle = paint.lamp
  context.fillRect(1.27, -0.44, 0.09, 0.1)
  context.fillStyle = '#e0463c'
  context.fillRect(-1.35, -0.46, 0.06, 0.1)
  if (!paint.dark) return
  const beam = context.createLinearGradient(1.36, 0, 3.4, 0)
  beam.addColorStop(0, 'rgba(255,236,180,.55)')
  beam.addColorStop(1, 'rgba(255,236,180,0)')
  context.fillStyle = beam
  context.beginPath()
  context.moveTo(1.36, -0.42)
  context.lineTo(3.4, -0.7)
  context.lineTo(3.4, 0.05)
  context.lineTo(1.36, -0.34)
  context.fill()
}

export const train: Silhouette = (context, t, paint) => {
  for (let wagon = 0; wagon < 5; wagon += 1) {
    const x = -wagon * 1.95
    context.fillStyle = paint.body
    context.beginPath()
    if (wagon === 0) {
      context.moveTo(-0.9, -0.95)
      context.lineTo(0.3, -0.95)
      context.quadraticCurveTo(0.85, -0.9, 1.05, -0.2)
      context.lineTo(-0.9, -0.2)
    } else context.roundRect(x - 0.9, -0.95, 1.8, 0.75, 0.08)
    context.fill()
    context.fillRect(x - 1, -0.32, 0.2, 0.06)
    context.fillStyle = paint.dark ? paint.lamp : paint.light
    for (let i = 0; i < 4; i += 1) context.fillRect(x - 0.74 + i * 0.38, -0.8, 0.24, 0.24)
    context.fillStyle = paint.body
    for (const wheel of [-0.6, -0.3, 0.3, 0.6]) {
      context.beginPath()
      context.arc(x + wheel, -0.12, 0.12, 0, 2 * Math.PI)
      context.fill()
    }
  }
  context.globalAlpha = 0.35
  context.fillStyle = paint.light
  for (let puff = 0; puff < 6; puff += 1) {
    const age = (t * 0.5 + puff / 6) % 1
    context.beginPath()
    context.arc(0.2 - age * 2.6, -1.1 - age * 0.9, 0.1 + age * 0.42, 0, 2 * Math.PI)
    context.globalAlpha = 0.4 * (1 - age)
    context.fill()
  }
}

const BALLOON_STRIPES = ['#e4572e', '#f3a712', '#2e86ab', '#a23b72', '#f3a712', '#e4572e']

export const balloon: Silhouette = (context, t, paint) => {
  context.rotate(0.03 * Math.sin(t * 0.6))
  context.save()
  context.beginPath()
  context.moveTo(-0.1, -0.24)
  context.bezierCurveTo(-0.5, -0.5, -0.42, -1, 0, -1)
  context.bezierCurveTo(0.42, -1, 0.5, -0.5, 0.1, -0.24)
  context.closePath()
  context.clip()
  for (const [i, stripe] of BALLOON_STRIPES.entries()) {
    context.fillStyle = stripe
    context.fillRect(-0.42 + i * 0.14, -1, 0.15, 0.8)
  }
  context.globalAlpha = paint.dark ? 0.55 : 0.22
  context.fillStyle = paint.body
  context.fillRect(-0.5, -1, 0.42, 0.8)
  context.restore()
  context.strokeStyle = paint.body
  context.lineWidth = 0.012
  context.beginPath()
  for (const x of [-0.08, 0.08]) {
    context.moveTo(x, -0.24)
    context.lineTo(x * 0.75, -0.1)
  }
  context.stroke()
  context.fillStyle = paint.body
  context.beginPath()
  context.roundRect(-0.075, -0.11, 0.15, 0.11, 0.02)
  context.fill()
}

export const rocket: Silhouette = (context, t, paint) => {
  const flicker = 0.28 + 0.05 * Math.sin(t * 31) + 0.04 * Math.sin(t * 17)
  const flame = context.createLinearGradient(0, 0, 0, flicker + 0.35)
  flame.addColorStop(0, 'rgba(255,244,200,.95)')
  flame.addColorStop(0.4, 'rgba(255,170,70,.8)')
  flame.addColorStop(1, 'rgba(255,90,40,0)')
  context.fillStyle = flame
  context.beginPath()
  context.moveTo(-0.1, -0.02)
  context.quadraticCurveTo(-0.12, 0.25, 0, flicker + 0.35)
  context.quadraticCurveTo(0.12, 0.25, 0.1, -0.02)
  context.fill()
  context.fillStyle = paint.light
  context.beginPath()
  context.moveTo(0, -1)
  context.bezierCurveTo(0.16, -0.82, 0.16, -0.4, 0.13, 0)
  context.lineTo(-0.13, 0)
  context.bezierCurveTo(-0.16, -0.4, -0.16, -0.82, 0, -1)
  context.fill()
  context.fillStyle = '#d9482b'
  context.beginPath()
  context.moveTo(0, -1)
  context.bezierCurveTo(0.07, -0.92, 0.11, -0.83, 0.125, -0.75)
  context.lineTo(-0.125, -0.75)
  context.bezierCurveTo(-0.11, -0.83, -0.07, -0.92, 0, -1)
  for (const side of [-1, 1]) {
    context.moveTo(side * 0.13, -0.28)
    context.lineTo(side * 0.28, 0.04)
    context.lineTo(side * 0.12, 0)
  }
  context.fill()
  context.fillStyle = paint.body
  context.beginPath()
  context.arc(0, -0.58, 0.055, 0, 2 * Math.PI)
  context.fill()
}
