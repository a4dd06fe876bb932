import fc from "fast-check";
import { expect, test } from "vitest";
import { AskedRefs } from "../../worker/src/storage/asked-refs.ts";

const refs = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 });

test("each ref is found where it stands, whatever comes before it and however often", () => {
  fc.assert(
    fc.property(refs, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 100 }), (asked, coming) => {
      const found = new AskedRefs(asked);
      // In their order first, some twice, with others among them.
      for (const ref of [...asked.flatMap((one) => (one % 3 === 0 ? [one, one] : [one, one + 1])), ...coming])
        expect(found.place(ref)).toBe(asked.indexOf(ref));
    }),
  );
});
