import type { Silhouette } from './silhouette.ts'

export const house: Silhouette = (context, t, paint) => {
  context.fillStyle = paint.body
  context.fillRect(-0.6, -0.52, 1.2, 0.56)
  context.beginPath()
  context.moveTo(-0.72, -0.5)
  context.lineTo(-0.36, -0.94)
  context.lineTo(0.36, -0.94)
  context.lineTo(0.72, -0.5)
  context.closePath()
  context.fill()
  context.fillRect(0.24, -1.06, 0.13, 0.3)
  context.fillStyle = paint.lamp
  for (const x of [-0.42, 0.2]) context.fillRect(x, -0.36, 0.2, 0.18)
  context.fillStyle = paint.rim
  context.fillRect(-0.1, -0.34, 0.17, 0.38)
  context.fillStyle = paint.light
  for (let puff = 0; puff < 5; puff += 1) {
    const age = (t * 0.22 + puff / 5) % 1
    context.globalAlpha = 0.3 * (1 - age)
    context.beginPath()
    context.arc(0.3 + age * 0.4 + 0.04 * Math.sin(t + puff), -1.08 - age * 0.7, 0.05 + age * 0.14, 0, 2 * Math.PI)
    context.fill()
  }
}

export const castle: Silhouette = (context, t, paint) => {
  context.fillStyle = paint.body
  for (const [x, width, height, roof] of [
    [-0.64, 0.24, 0.52, 0.2],
    [-0.42, 0.3, 0.68, 0],
    [-0.14, 0.28, 0.8, 0.24],
    [0.14, 0.34, 0.6, 0],
    [0.46, 0.24, 0.62, 0.22],
  ] as const) {
    context.fillRect(x, -height, width, height + 0.05)
    if (roof > 0) {
      context.beginPath()
      context.moveTo(x - 0.03, -height)
      context.lineTo(x + width / 2, -height - roof)
      context.lineTo(x + width + 0.03, -height)
      context.fill()
    } else for (let i = 0; i < 3; i += 1) context.fillRect(x + (i * width) / 2.6, -height - 0.05, width / 5, 0.06)
  }
  context.fillStyle = paint.lamp
  for (const [x, y] of [
    [-0.62, -0.36],
    [-0.3, -0.5],
    [-0.03, -0.62],
    [0.28, -0.44],
    [0.56, -0.46],
  ] as const)
    context.fillRect(x, y, 0.04, 0.08)
  context.fillStyle = '#c0392b'
  context.beginPath()
  context.moveTo(0, -1.04)
  context.lineTo(0.16, -1.1 + 0.015 * Math.sin(t * 4))
  context.lineTo(0, -1.16)
  context.fill()
}

export const lighthouse: Silhouette = (context, t, paint) => {
  const sweep = Math.sin(t * 0.8)
  const beam = context.createLinearGradient(0, 0, 2.6 * Math.sign(sweep || 1), 0)
  beam.addColorStop(0, paint.dark ? 'rgba(255,240,190,.6)' : 'rgba(255,240,190,.3)')
  beam.addColorStop(1, 'rgba(255,240,190,0)')
  context.save()
  context.translate(0, -0.9)
  context.fillStyle = beam
  context.globalAlpha = Math.abs(sweep)
  context.beginPath()
  context.moveTo(0, -0.03)
  context.lineTo(2.6 * sweep, -0.28)
  context.lineTo(2.6 * sweep, 0.2)
  context.lineTo(0, 0.03)
  context.fill()
  context.restore()
  context.fillStyle = paint.body
  context.beginPath()
  context.moveTo(-0.62, 0.06)
  context.quadraticCurveTo(-0.3, -0.2, 0, -0.18)
  context.quadraticCurveTo(0.34, -0.16, 0.66, 0.06)
  context.fill()
  context.fillStyle = paint.light
  context.beginPath()
  context.moveTo(-0.14, -0.14)
  context.lineTo(-0.085, -0.84)
  context.lineTo(0.085, -0.84)
  context.lineTo(0.14, -0.14)
  context.fill()
  context.fillStyle = '#c8402f'
  for (const y of [-0.34, -0.62]) {
    const half = 0.085 + 0.055 * ((0.84 + y) / 0.7)
    context.fillRect(-half, y, 2 * half, 0.13)
  }
  context.fillStyle = paint.body
  context.fillRect(-0.12, -0.86, 0.24, 0.03)
  context.beginPath()
  context.moveTo(-0.1, -0.95)
  context.lineTo(0, -1.04)
  context.lineTo(0.1, -0.95)
  context.fill()
  context.fillStyle = paint.lamp
  context.fillRect(-0.06, -0.95, 0.12, 0.09)
}
