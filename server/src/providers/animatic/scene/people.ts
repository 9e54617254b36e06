import type { SKRSContext2D } from '@napi-rs/canvas'
import type { Silhouette } from './silhouette.ts'

// All figures stand on the origin, are one unit tall and look to the right.

export const person: Silhouette = (context, t, paint) => {
  walker(context, t, paint.body, paint.rim)
}

export const couple: Silhouette = (context, t, paint) => {
  context.translate(-0.17, 0)
  walker(context, t, paint.body, paint.rim)
  context.translate(0.36, 0.02)
  context.scale(0.9, 0.9)
  walker(context, t + 0.35, paint.body, paint.rim)
}

function walker(context: SKRSContext2D, t: number, body: string, rim: string): void {
  const stride = Math.sin(t * 4.2)
  context.strokeStyle = body
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.lineWidth = 0.085
  for (const side of [1, -1]) {
    const knee_x = 0.07 * stride * side + 0.02
    context.beginPath()
    context.moveTo(0, -0.47)
    context.lineTo(knee_x, -0.25)
    context.lineTo(0.15 * stride * side - 0.02, -0.035)
    context.lineTo(0.15 * stride * side + 0.035, -0.03)
    context.stroke()
  }
  context.lineWidth = 0.06
  context.beginPath()
  context.moveTo(0.01, -0.76)
  context.lineTo(-0.1 * stride - 0.03, -0.6)
  context.lineTo(-0.13 * stride + 0.03, -0.45)
  context.stroke()
  context.fillStyle = body
  context.beginPath()
  context.moveTo(-0.1, -0.8)
  context.quadraticCurveTo(0, -0.86, 0.09, -0.79)
  context.quadraticCurveTo(0.12, -0.6, 0.11, -0.36)
  context.lineTo(-0.12, -0.36)
  context.quadraticCurveTo(-0.15, -0.6, -0.1, -0.8)
  context.fill()
  context.beginPath()
  context.ellipse(0.01, -0.91, 0.068, 0.082, 0, 0, 2 * Math.PI)
  context.fill()
  // A thin line of the light behind lifts the figure off the ground.
  context.strokeStyle = rim
  context.lineWidth = 0.014
  context.beginPath()
  context.arc(0.01, -0.91, 0.074, -1.9, 0.5)
  context.stroke()
  context.beginPath()
  context.moveTo(0.09, -0.79)
  context.quadraticCurveTo(0.12, -0.6, 0.11, -0.38)
  context.stroke()
}

export const astronaut: Silhouette = (context, t, paint) => {
  context.rotate(0.25 * Math.sin(t * 0.35) + 0.12)
  context.strokeStyle = paint.light
  context.fillStyle = paint.light
  context.lineCap = 'round'
  context.lineWidth = 0.15
  const drift = 0.05 * Math.sin(t * 0.8)
  limb(context, [
    [-0.1, -0.45],
    [-0.2, -0.25 + drift],
    [-0.14, -0.03 + drift],
  ])
  limb(context, [
    [0.1, -0.45],
    [0.24, -0.26 - drift],
    [0.2, -0.02 - drift],
  ])
  context.lineWidth = 0.12
  limb(context, [
    [-0.16, -0.68],
    [-0.36, -0.6 + drift],
    [-0.46, -0.76 + drift],
  ])
  limb(context, [
    [0.16, -0.68],
    [0.36, -0.66 - drift],
    [0.44, -0.5 - drift],
  ])
  context.fillStyle = paint.body
  context.fillRect(-0.26, -0.8, 0.1, 0.36)
  context.fillStyle = paint.light
  context.beginPath()
  context.roundRect(-0.19, -0.8, 0.38, 0.42, 0.1)
  context.fill()
  context.beginPath()
  context.arc(0, -0.93, 0.18, 0, 2 * Math.PI)
  context.fill()
  context.fillStyle = paint.body
  context.beginPath()
  context.ellipse(0.05, -0.93, 0.12, 0.11, 0, 0, 2 * Math.PI)
  context.fill()
  context.fillStyle = paint.rim
  context.beginPath()
  context.ellipse(0.09, -0.97, 0.035, 0.025, -0.5, 0, 2 * Math.PI)
  context.fill()
}

function limb(context: SKRSContext2D, joints: readonly (readonly [number, number])[]): void {
  context.beginPath()
  for (const [i, [x, y]] of joints.entries()) {
    if (i === 0) context.moveTo(x, y)
    else context.lineTo(x, y)
  }
  context.stroke()
}
