import { expect, test } from "vitest";
import { withCurrentValues } from "../../worker/src/http/current-values.ts";
import { alertIdOf } from "../../worker/src/project/alert-lifecycle.ts";
import { transition } from "../support/alert-transition.ts";
import { anAlert } from "../support/an-alert.ts";

test("an open alert shows the value of now, not the one it fired with; a resolved one and one nobody knows keep theirs", () => {
  const now = transition("pending", "firing", 2_000, { value: 0.99 });
  const [id, unknown] = [alertIdOf(now), "another-1"];
  const earlier = anAlert({ id: alertIdOf({ ...now, activeAt: 500 }), state: "resolved", value: 0.5 });
  const kept = [
    anAlert({ id, value: 0.81 }),
    anAlert({ id, state: "acknowledged", value: 0.81 }),
    anAlert({ id: unknown, value: 0.7 }),
    earlier,
  ];
  expect(withCurrentValues(kept, [now]).map(({ value }) => value)).toEqual([0.99, 0.99, 0.7, 0.5]);
  expect(withCurrentValues(kept, [{ ...now, value: Number.NaN }])[0]?.value).toBe(0.81);
  const texts = withCurrentValues(kept, [{ ...now, annotations: { summary: "99%" } }]).map(({ annotations }) => annotations["summary"]);
  expect(texts).toEqual(["99%", "99%", kept[2]?.annotations["summary"], earlier.annotations["summary"]]);
});
