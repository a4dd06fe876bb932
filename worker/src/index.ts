import { createApp } from "./http/app.ts";
import { withHotRoutes } from "./http/hot-routes.ts";

export { LiveHub } from "./objects/live-hub.ts";
export { Project } from "./objects/project.ts";
export { SeriesShard } from "./objects/series-shard.ts";

export default withHotRoutes(createApp());
