import type { DetectorBank } from "./api.ts";
import { B, BODY, BYTES_PER_SERIES, H, HEAD } from "./layout.ts";
import { judge } from "./reason.ts";
import { step } from "./base-detector.ts";

const FOLD_MS = 5000;
const VERSION = 1;

/** Detectors of many series in two slabs that double as they fill; slots of removed series are used again. */
export function createDetectorBank(capacity = 64): DetectorBank {
  let head = new Float64Array(Math.max(1, capacity) * HEAD);
  let body = new Float32Array(Math.max(1, capacity) * BODY);
  let used = 0;
  const free: number[] = [];

  const reset = (slot: number): void => {
    head.fill(0, slot * HEAD, (slot + 1) * HEAD);
    body.fill(0, slot * BODY, (slot + 1) * BODY);
    body.fill(NaN, slot * BODY + B.day, (slot + 1) * BODY);
  };
  return {
    add() {
      const slot = free.pop() ?? used++;
      if (slot * HEAD >= head.length) {
        const largerHead = new Float64Array(head.length * 2);
        largerHead.set(head);
        head = largerHead;
        const largerBody = new Float32Array(body.length * 2);
        largerBody.set(body);
        body = largerBody;
      }
      reset(slot);
      return slot;
    },
    remove(slot) {
      if (slot >= 0 && slot < used && !free.includes(slot)) free.push(slot);
    },
    observe(slot, tMs, value) {
      if (!Number.isFinite(value) || !Number.isFinite(tMs)) return -1;
      const h = slot * HEAD;
      const steps = head[h + H.steps]!;
      if (steps > 0) {
        const last = head[h + H.lastMs]!;
        if (tMs <= last) return -1;
        if (Math.floor(tMs / FOLD_MS) === Math.floor(last / FOLD_MS)) {
          head[h + H.foldSum]! += value;
          head[h + H.foldCount]!++;
          return -1;
        }
      }
      const folded = head[h + H.foldCount]!;
      let mean = value;
      if (folded > 0) {
        // Halves first: a sum of two huge values must not overflow.
        mean = head[h + H.foldSum]! / (folded + 1) + value / (folded + 1);
        head[h + H.foldSum] = 0;
        head[h + H.foldCount] = 0;
        if (!Number.isFinite(mean)) mean = value;
      }
      return step(head, h, body, slot * BODY, tMs, mean);
    },
    judgement: (slot) => judge(head, slot * HEAD),
    save(slot) {
      const bytes = new Uint8Array(8 + BYTES_PER_SERIES);
      new DataView(bytes.buffer).setUint32(0, VERSION, true);
      bytes.set(new Uint8Array(head.buffer, head.byteOffset + slot * HEAD * 8, HEAD * 8), 8);
      bytes.set(new Uint8Array(body.buffer, body.byteOffset + slot * BODY * 4, BODY * 4), 8 + HEAD * 8);
      return bytes;
    },
    load(slot, bytes) {
      reset(slot);
      if (bytes.length !== 8 + BYTES_PER_SERIES) return false;
      if (new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) !== VERSION) return false;
      new Uint8Array(head.buffer, slot * HEAD * 8, HEAD * 8).set(bytes.subarray(8, 8 + HEAD * 8));
      new Uint8Array(body.buffer, slot * BODY * 4, BODY * 4).set(bytes.subarray(8 + HEAD * 8));
      return true;
    },
  };
}
