/** Rows of alerts, as the shard stores them and hands them to another. */
import type { AlertTransition } from "@sightline/shared/model/alert";
import type { AlertInstanceState } from "@sightline/shared/alerting/alert-state";
import type { Labels } from "@sightline/shared/model/labels";

const BLOB_VERSION = 1;

export interface AlertRow {
  readonly fingerprint: string;
  readonly state: Uint8Array;
}

interface Blob {
  readonly v: number;
  readonly ruleId: string;
  readonly definition: string;
  readonly source: Labels;
  readonly state: AlertInstanceState;
  readonly told: AlertTransition;
  /** Absent in rows written before it was kept. */
  readonly changes?: readonly number[];
}

/** JSON has no NaN and no infinities: they travel as texts. */
export const encodeAlert = ({ ruleId, definition, source, state, told, changes }: Required<Omit<Blob, "v">>): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({ v: BLOB_VERSION, ruleId, definition, source, state, told, changes } satisfies Blob, (_key, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? `\u0000${value}` : value,
    ),
  );

/** Whether this version understands it. */
export const isAlertRow = (bytes: Uint8Array): boolean => decodeAlert(bytes) !== null;

export function decodeAlert(bytes: Uint8Array): Blob | null {
  try {
    const blob = JSON.parse(new TextDecoder().decode(bytes), (_key, value: unknown) =>
      typeof value === "string" && value.startsWith("\u0000") ? Number(value.slice(1)) : value,
    ) as Partial<Blob>;
    return blob.v === BLOB_VERSION && blob.state !== undefined && blob.told !== undefined ? (blob as Blob) : null;
  } catch {
    return null;
  }
}
