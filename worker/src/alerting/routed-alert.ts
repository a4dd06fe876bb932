import type { Alert } from "@sightline/shared/model/alert";

/** An alert of a group, open or resolved; what silences it is the silence stage's to say. */
export type RoutedAlert = Omit<Alert, "silencedUntil">;

export const isOpen = ({ state }: Pick<Alert, "state">): boolean => state === "firing" || state === "acknowledged";
