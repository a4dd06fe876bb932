import { expect, test } from "vitest";
import { peerInstalled, startPeer } from "../support/peers.ts";
import { ingest } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const missing = !peerInstalled("prometheus");
if (missing) console.log("skipped: needs Debian's package prometheus");

interface Vector {
  readonly data: { readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[] };
}

test.skipIf(missing)("a real Prometheus reads raw samples from the stack, and scrapes its federation", { timeout: 90_000 }, async () => {
  const stack = await startStack({ args: ["--no-agent", "--store-only"] });
  try {
    const now = Date.now();
    const points = Array.from({ length: 20 }, (_, i) => ({
      name: "shop_orders",
      type: "gauge",
      labels: { region: "eu" },
      value: i,
      timestamp: now - (20 - i) * 10_000,
    }));
    expect((await ingest(stack, points)).status).toBe(200);
    const authorization = { credentials: stack.token };
    // JSON is YAML.
    const configuration = JSON.stringify({
      global: { scrape_interval: "1s" },
      remote_read: [{ url: `${stack.url}/api/v1/read`, authorization, read_recent: true }],
      scrape_configs: [
        {
          job_name: "federate",
          honor_labels: true,
          metrics_path: "/federate",
          params: { "match[]": ['{__name__="shop_orders"}'] },
          authorization,
          static_configs: [{ targets: [new URL(stack.url).host] }],
        },
      ],
    });
    const prometheus = await startPeer("prometheus", { configuration });
    try {
      const ask = async (query: string, seconds: number): Promise<Vector["data"]["result"]> => {
        const parameters = new URLSearchParams({ query, time: String(seconds) });
        return ((await (await fetch(`${prometheus.url}/api/v1/query?${parameters.toString()}`)).json()) as Vector).data.result;
      };
      expect(await ask("sum_over_time(shop_orders[10m])", now / 1000)).toMatchObject([
        { metric: { region: "eu" }, value: [now / 1000, "190"] },
      ]);
      await until(
        "Prometheus has scraped the federation",
        30_000,
        async () => (await ask('up{job="federate"} == 1', Date.now() / 1000)).length === 1,
      );
      const federated = await ask('shop_orders{job="federate"}', Date.now() / 1000);
      expect(federated).toMatchObject([
        { metric: { __name__: "shop_orders", job: "federate", region: "eu" }, value: [expect.any(Number), "19"] },
      ]);
      expect(federated[0]?.metric["instance"]).toBe(undefined);
    } finally {
      await prometheus.stop();
      prometheus.discard();
    }
  } finally {
    await stack.stop();
    discard(stack);
  }
});
