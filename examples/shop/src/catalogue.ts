import { setTimeout as wait } from "node:timers/promises";
import type { Sightline } from "@sightline/agent/sdk";

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly cents: number;
}

const WORDS = ["oak", "brass", "linen", "cedar", "slate", "wool"];
const THINGS = ["chair", "lamp", "shelf", "bowl", "rug"];

/** Thirty things, a lookup that is quick and a search that is not. */
export class Catalogue {
  readonly #products = new Map<string, Product>();
  readonly #sightline: Sightline;

  constructor(sightline: Sightline) {
    this.#sightline = sightline;
    for (const word of WORDS) {
      for (const thing of THINGS) {
        const id = `${word}-${thing}`;
        this.#products.set(id, { id, name: `${word} ${thing}`, cents: 900 + id.length * 350 });
      }
    }
  }

  async find(id: string): Promise<Product | null> {
    return await this.#sightline.time("shop_find_product", async () => {
      await wait(1 + Math.random() * 4);
      return this.#products.get(id) ?? null;
    });
  }

  /** The slow one: it looks at every product as if each look-up went to a disk. */
  async search(text: string): Promise<Product[]> {
    return await this.#sightline.time("shop_search", async () => {
      const found: Product[] = [];
      for (const product of this.#products.values()) {
        await wait(Math.random() * 6);
        if (product.name.includes(text)) found.push(product);
      }
      return found;
    });
  }
}
