const DAY_MS = 86_400_000;
const REQUESTS = "http_server_request_duration_seconds";

/** What the demo promises its shoppers: two objectives, so that there is a budget to watch. */
const SLOS = {
  "shop-availability": {
    name: "Shop answers",
    kind: "availability",
    good: `${REQUESTS}{service_name="shop",http_response_status_code!~"5.."}`,
    total: `${REQUESTS}{service_name="shop"}`,
    objective: 0.99,
    windowMs: 30 * DAY_MS,
  },
  "shop-latency": {
    name: "Shop answers within 250 ms",
    kind: "latency",
    good: `${REQUESTS}{service_name="shop"}`,
    total: `${REQUESTS}{service_name="shop"}`,
    thresholdSeconds: 0.25,
    objective: 0.95,
    windowMs: 30 * DAY_MS,
  },
} as const;

/** Puts the demo's SLOs in place; the same each time. Rejects with the server's sentence when it refuses one. */
export async function defineDemoSlos(url: string, token: string): Promise<void> {
  for (const [id, slo] of Object.entries(SLOS)) {
    const response = await fetch(`${url}/v1/slos/${id}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(slo),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`the demo's SLO ${id} was refused: ${answer}`);
  }
}
