// A small shop that measures itself with Sightline: open it in VS Code while it runs and see its numbers beside its code.
import { createAdaptorServer } from "@hono/node-server";
import { createServer } from "node:http";
import { createSightline } from "@sightline/agent/sdk";
import { Hono } from "hono";
import { Carts } from "./carts.ts";
import { Catalogue } from "./catalogue.ts";
import { generateTraffic } from "./traffic.ts";

const sightline = createSightline({ serviceName: "shop", serviceVersion: "1.4.0", environment: "demo" });
const catalogue = new Catalogue(sightline);
const carts = new Carts(sightline, catalogue);
const orders = sightline.counter("shop_orders", { help: "Orders placed." });
const open = sightline.gauge("shop_open_carts", { help: "Carts with something in them." });

const app = new Hono();
app.get(
  "/products",
  sightline.route("/products", async (context) => context.json(await catalogue.search(context.req.query("q") ?? ""))),
);
app.get(
  "/products/:id",
  sightline.route("/products/:id", async (context) => {
    const product = await catalogue.find(context.req.param("id") ?? "");
    return product === null ? context.json({ error: "no such product" }, 404) : context.json(product);
  }),
);
app.post(
  "/carts/:id/items",
  sightline.route("/carts/:id/items", async (context) => {
    const { product } = await context.req.json<{ product: string }>();
    const size = await carts.add(context.req.param("id") ?? "", product);
    open.set(carts.count());
    return context.json({ size });
  }),
);
app.post(
  "/carts/:id/checkout",
  sightline.route("/carts/:id/checkout", async (context) => {
    const total = await carts.checkout(context.req.param("id") ?? "");
    orders.add(1);
    open.set(carts.count());
    return context.json({ total });
  }),
);
app.onError((error, context) => context.json({ error: error.message }, 502));

const server = sightline.httpServer(createAdaptorServer({ fetch: app.fetch, createServer }));
server.listen(Number(process.env["SHOP_PORT"] ?? 0), "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") return;
  process.stdout.write(`shop: http://127.0.0.1:${address.port}\n`);
  generateTraffic(`http://127.0.0.1:${address.port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void sightline.close().then(() => process.exit(0));
  });
}
