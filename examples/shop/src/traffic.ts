import { setTimeout as wait } from "node:timers/promises";

const PRODUCTS = ["oak-chair", "brass-lamp", "linen-rug", "cedar-shelf", "slate-bowl", "wool-rug", "glass-table"];
const SHOPPERS = 3;

const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(Math.random() * items.length)];

/** A few shoppers who look, search, fill carts and sometimes buy, until the process ends. */
export function generateTraffic(url: string): void {
  for (let shopper = 0; shopper < SHOPPERS; shopper++) void shop(url, `cart-${shopper}`);
}

async function shop(url: string, cart: string): Promise<never> {
  for (;;) {
    await visit(`${url}/products/${pick(PRODUCTS)}`);
    if (Math.random() < 0.3) await visit(`${url}/products?q=${pick(["oak", "rug", "lamp"])}`);
    if (Math.random() < 0.5)
      await visit(`${url}/carts/${cart}/items`, { method: "POST", body: JSON.stringify({ product: pick(PRODUCTS.slice(0, -1)) }) });
    if (Math.random() < 0.2) await visit(`${url}/carts/${cart}/checkout`, { method: "POST" });
    await wait(100 + Math.random() * 400);
  }
}

async function visit(url: string, init: RequestInit = {}): Promise<void> {
  try {
    await (await fetch(url, init)).arrayBuffer();
  } catch {
    // The shop is stopping; the next visit will find it or not.
  }
}
