import type { ProjectPorts } from "../project-ports.ts";
import { signLink } from "../signed-links.ts";

/** After this an alert's link in a notification is worth nothing. */
const VALID_MS = 7 * 86_400_000;

/** For one person and one alert: whoever holds it can acknowledge that alert in their name, and nothing else. */
export const acknowledgeLink = (ports: ProjectPorts, alertId: string, userId: string): string =>
  signLink(ports, "acknowledge", [alertId, userId], ports.now() + VALID_MS);
