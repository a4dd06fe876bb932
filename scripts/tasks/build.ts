import { buildStack } from "../build.ts";
import { buildExtension } from "../../extension/build.mjs";

await Promise.all([buildStack(), buildExtension()]);
