/** Who is told: each receiver with how its integrations do, a button that sends a test, and what was sent. */
import { DataSourceError } from "../../api/data-source.ts";
import type { ChannelHealth, DeadLetter, Delivery, ShownReceiver, TestedIntegration } from "../../api/receiver-responses.ts";
import { formatAge } from "../../format/age.ts";
import { channelText, deadLetterTitle, deliveryText } from "../../format/receiver-text.ts";
import { element } from "../dom/element.ts";
import { notice } from "../dom/notice.ts";
import { failureNotice } from "./failure-notice.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";

const REFRESH_MS = 30_000;
const SHOWN_DELIVERIES = 20;
const MOST_LETTERS = 1000;

const failureOf = (error: unknown): HTMLElement =>
  failureNotice(error instanceof DataSourceError ? error : new DataSourceError("failed", String(error), 0));

export function mountReceiversPanel(context: PanelContext): MountedPanel {
  const body = element("div", { class: "sl-panel-body sl-list" }, [
    element("div", { class: "sl-skeleton", role: "status", label: "Loading" }),
  ]);
  /** By receiver: what its button last brought to light. Kept over refreshes. */
  const opened = new Map<string, HTMLElement>();
  let disposed = false;

  const show = async (): Promise<void> => {
    try {
      const receivers = await context.dataSource.receivers();
      if (disposed) return;
      body.replaceChildren(
        ...(receivers.length > 0
          ? receivers.map((receiver) => receiverRow(receiver, context, opened))
          : [
              notice({
                title: "Nobody is told but you",
                detail: "Alerts show here and in the editor. PUT /v1/receivers/NAME adds Slack, mail, webhooks and others.",
              }),
            ]),
      );
    } catch (error) {
      if (!disposed) body.replaceChildren(failureOf(error));
    }
  };
  const timer = setInterval(() => void show(), REFRESH_MS);
  void show();
  return {
    body,
    dispose() {
      disposed = true;
      clearInterval(timer);
    },
  };
}

function receiverRow(receiver: ShownReceiver, { dataSource, now }: PanelContext, opened: Map<string, HTMLElement>): HTMLElement {
  const { name, integrations, health } = receiver;
  const below = opened.get(name) ?? element("div", { role: "status" });
  opened.set(name, below);
  const button = (text: string, title: string, ask: () => Promise<readonly HTMLElement[]>): HTMLElement => {
    const node = element("button", { class: "sl-button", type: "button", text, title });
    node.addEventListener("click", () => {
      node.disabled = true;
      void ask()
        .catch((error: unknown) => [failureOf(error)])
        .then((rows) => {
          node.disabled = false;
          below.replaceChildren(...rows);
        });
    });
    return node;
  };
  const letterRow = (letter: DeadLetter): HTMLElement => {
    const row = element("div", { class: "sl-row-head" });
    const again = element("button", { class: "sl-button", type: "button", text: "Send again" });
    again.addEventListener("click", () => {
      again.disabled = true;
      void dataSource.retryDeadLetter(letter.id).then(
        () => row.replaceChildren(line(`${deadLetterTitle(letter)}: on its way again.`)),
        (error: unknown) => row.append(failureOf(error)),
      );
    });
    const text = `${formatAge(letter.buriedAt, now())}: ${deadLetterTitle(letter)}: ${letter.error}`;
    row.append(element("span", { class: "sl-alert-text", text }), element("span", { class: "sl-end" }), again);
    return row;
  };
  const worst =
    health.find(({ circuit }) => circuit !== "closed") ?? health.find(({ failures, deadLetters }) => failures + deadLetters > 0);
  return element("div", { class: "sl-insight" }, [
    element("div", { class: "sl-row-head" }, [
      element("span", { class: "sl-row-title", text: name }),
      element("span", { class: "sl-faint", text: integrations.map(({ type }) => type).join(", ") || "tells nobody" }),
      element("span", { class: `sl-end sl-level-${worst === undefined ? "plain" : "error"}`, text: stateOf(health, now()) }),
      button("Send a test", "Sends every integration a test now", async () => (await dataSource.testReceiver(name)).map(testedRow)),
      button("Log", "What was sent lately, and how that went", async () => {
        const deliveries = await dataSource.deliveries(name, SHOWN_DELIVERIES);
        return deliveries.length === 0 ? [line("Nothing was sent yet.")] : deliveries.map((delivery) => deliveryRow(delivery, now()));
      }),
      ...(health.every(({ deadLetters }) => deadLetters === 0)
        ? []
        : [
            button("Undelivered", "Messages that were refused or found nobody for a day", async () => {
              const letters = (await dataSource.deadLetters(MOST_LETTERS)).filter((letter) => letter.receiver === name);
              return letters.length === 0 ? [line("Every message is sent or on its way.")] : letters.map((letter) => letterRow(letter));
            }),
          ]),
    ]),
    ...(worst?.error == null ? [] : [line(worst.error)]),
    below,
  ]);
}

function stateOf(health: readonly ChannelHealth[], nowMs: number): string {
  const texts = health.map((channel) => channelText(channel, nowMs)).filter((text) => text !== "");
  return texts.length === 0 ? "Nothing sent yet" : [...new Set(texts)].join("; ");
}

const line = (text: string): HTMLElement => element("div", { class: "sl-alert-text", text });

const testedRow = ({ outcome, delivered }: TestedIntegration): HTMLElement =>
  element("div", { class: `sl-alert-text sl-level-${delivered ? "plain" : "error"}`, text: outcome });

const deliveryRow = (delivery: Delivery, nowMs: number): HTMLElement =>
  element("div", {
    class: "sl-alert-text",
    text: `${formatAge(delivery.at, nowMs)}: ${deliveryText(delivery)}`,
    title: new Date(delivery.at).toISOString(),
  });
