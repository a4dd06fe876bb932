import { setTimeout as wait } from "node:timers/promises";
import type { Sightline } from "@sightline/agent/sdk";
import type { Catalogue, Product } from "./catalogue.ts";

const MAX_CARTS = 500;
const DECLINED = 0.03;

export class Carts {
  readonly #carts = new Map<string, Product[]>();
  readonly #sightline: Sightline;
  readonly #catalogue: Catalogue;

  constructor(sightline: Sightline, catalogue: Catalogue) {
    this.#sightline = sightline;
    this.#catalogue = catalogue;
  }

  count(): number {
    return this.#carts.size;
  }

  async add(cart: string, product: string): Promise<number> {
    const found = await this.#catalogue.find(product);
    if (found === null) throw new Error(`there is no product ${product}`);
    const items = [...(this.#carts.get(cart) ?? []), found];
    if (this.#carts.size >= MAX_CARTS) this.#carts.clear();
    this.#carts.set(cart, items);
    return items.length;
  }

  /** Charges the card and empties the cart. Now and then the bank says no. */
  async checkout(cart: string): Promise<number> {
    return await this.#sightline.time("shop_checkout", async () => {
      const total = (this.#carts.get(cart) ?? []).reduce((sum, { cents }) => sum + cents, 0);
      await this.#charge(total);
      this.#carts.delete(cart);
      return total / 100;
    });
  }

  async #charge(cents: number): Promise<void> {
    await this.#sightline.time("shop_charge_card", async () => {
      await wait(20 + Math.random() * 60 + cents / 1000);
      if (Math.random() < DECLINED) throw new Error("the card was declined");
    });
  }
}
