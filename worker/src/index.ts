import { createApp } from "./http/app.ts";
import { withWriteShortcut } from "./http/write-shortcut.ts";

export { LiveHub } from "./objects/live-hub.ts";
export { Project } from "./objects/project.ts";
export { SeriesShard } from "./objects/series-shard.ts";

export default withWriteShortcut(createApp());
