import { type Labels, labelWord } from "../../model/labels.ts";
import { sortTexts } from "../../model/text-order.ts";
import { quote } from "./quote.ts";

/** `{__name__="up", job="a"}`: a label set as Prometheus's messages have it. */
export const labelsText = (labels: Labels): string =>
  `{${sortTexts(Object.keys(labels))
    .map((name) => `${labelWord(name)}=${quote(labels[name] ?? "")}`)
    .join(", ")}}`;
