/** The four views of the side bar, painted from the feeds. */
import type * as vscode from "vscode";
import type { AlertFeed } from "../alerts/alert-feed.ts";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import { CapacityFeed } from "../live/capacity-feed.ts";
import type { InsightFeed } from "../live/insight-feed.ts";
import type { SnapshotFeed } from "../live/snapshot-feed.ts";
import { alertNodes } from "./alert-nodes.ts";
import { capacityNodes } from "./capacity-nodes.ts";
import { fleetNodes } from "./fleet-nodes.ts";
import { insightNodes } from "./insight-nodes.ts";
import { onCallNodes } from "./on-call-nodes.ts";
import { NodeTree } from "./node-tree.ts";
import { sloNodes } from "./slo-nodes.ts";

export function trees(session: Session, snapshots: SnapshotFeed, alerts: AlertFeed, told: InsightFeed): vscode.Disposable {
  const fleet = new NodeTree("sightline.fleet");
  const alertTree = new NodeTree("sightline.alerts");
  const slos = new NodeTree("sightline.slos");
  const insights = new NodeTree("sightline.insights");
  const all = [fleet, alertTree, slos, insights];

  const capacity = new CapacityFeed();

  const paintSnapshot = (): void => {
    const snapshot = snapshots.latest;
    fleet.show(snapshot === null ? [] : fleetNodes(snapshot));
    slos.show(snapshot === null ? [] : sloNodes(snapshot.slos));
  };
  let knownFilling = "";
  const paintInsights = (): void => {
    const known = told.latest;
    // What there is to know first; below it every bounded resource, also those that nobody need think of.
    insights.show([...(known === null ? [] : insightNodes(known)), ...(capacity.latest === null ? [] : capacityNodes(capacity.latest))]);
    // What fills is told before the overview of all resources is due again.
    const filling = (known?.insights ?? [])
      .flatMap(({ kind, state, id }) => (kind === "capacity" && state === "open" ? [id] : []))
      .join(" ");
    if (filling !== knownFilling) capacity.refresh();
    knownFilling = filling;
  };
  const paintAlerts = (): void => {
    const now = Date.now();
    alertTree.show([...alertNodes(alerts.alerts, now, snapshots.latest?.incidents ?? []), ...onCallNodes(snapshots.latest?.onCall ?? [])]);
    const firing = alerts.alerts.filter(({ state, held }) => state === "firing" && held === undefined).length;
    alertTree.view.badge = firing === 0 ? undefined : { value: firing, tooltip: `${firing} firing` };
  };
  const paintState = (): void => {
    const snapshot = snapshots.latest;
    const stale = session.state !== "live" && snapshot !== null;
    const since = snapshot === null ? "" : new Date(snapshot.at).toLocaleTimeString();
    for (const tree of all) tree.view.message = stale ? `Not connected. As of ${since}.` : "";
  };
  capacity.follow(session.source);
  paintSnapshot();
  paintInsights();
  paintAlerts();
  const open = [
    ...all,
    snapshots.onChange(paintSnapshot),
    snapshots.onChange(paintAlerts),
    snapshots.onChange(paintState),
    alerts.onChange(paintAlerts),
    session.onState(paintState),
    session.onSource(() => capacity.follow(session.source)),
    capacity.onChange(paintInsights),
    told.onChange(paintInsights),
    capacity,
  ];
  return { dispose: () => disposeAll(open) };
}
