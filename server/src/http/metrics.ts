const BUCKETS_S: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface Series {
  readonly labels: string
  count: number
  sum_s: number
  readonly buckets: number[]
}

/** Requests by route and status, and how long they took, in Prometheus' text form. Routes are patterns, so the number of series is bounded. */
export class RequestMetrics {
  readonly #series = new Map<string, Series>()
  in_flight = 0

  observe(method: string, route: string, status: number, seconds: number): void {
    const labels = `method="${method}",route="${route}",status="${status}"`
    let series = this.#series.get(labels)
    if (!series) {
      series = { labels, count: 0, sum_s: 0, buckets: BUCKETS_S.map(() => 0) }
      this.#series.set(labels, series)
    }
    series.count++
    series.sum_s += seconds
    for (const [index, most] of BUCKETS_S.entries()) {
      if (seconds <= most) series.buckets[index] = (series.buckets[index] ?? 0) + 1
    }
  }

  text(): string {
    const lines = [
      '# HELP filmgate_http_requests_in_flight Requests being answered now.',
      '# TYPE filmgate_http_requests_in_flight gauge',
      `filmgate_http_requests_in_flight ${this.in_flight}`,
      '# HELP filmgate_http_request_duration_seconds Time from the request line to the end of the answer; its count is the number of requests.',
      '# TYPE filmgate_http_request_duration_seconds histogram',
    ]
    const name = 'filmgate_http_request_duration_seconds'
    for (const { labels, count, sum_s, buckets } of this.#series.values()) {
      for (const [index, most] of BUCKETS_S.entries()) lines.push(`${name}_bucket{${labels},le="${most}"} ${buckets[index] ?? 0}`)
      lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`, `${name}_sum{${labels}} ${sum_s}`, `${name}_count{${labels}} ${count}`)
    }
    lines.push('# HELP filmgate_http_requests_total Requests answered.', '# TYPE filmgate_http_requests_total counter')
    for (const { labels, count } of this.#series.values()) lines.push(`filmgate_http_requests_total{${labels}} ${count}`)
    return `${lines.join('\n')}\n`
  }
}
