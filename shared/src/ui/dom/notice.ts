import { element } from "./element.ts";

export interface NoticeText {
  /** What is the case: "No data for this expression". */
  readonly title: string;
  /** Why, and what to do next. */
  readonly detail: string;
  readonly tone?: "quiet" | "error";
}

/** What stands where data would: every empty place names its cause and the next step. */
export function notice({ title, detail, tone = "quiet" }: NoticeText): HTMLElement {
  return element("div", { class: `sl-notice sl-notice-${tone}`, role: tone === "error" ? "alert" : "status" }, [
    element("div", { class: "sl-notice-title", text: title }),
    element("div", { class: "sl-notice-detail", text: detail }),
  ]);
}
