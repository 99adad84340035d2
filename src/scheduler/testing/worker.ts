import { Objects } from "../../store/objects.ts";
import { serveItems } from "../engine_process/serve_items.ts";
import { act } from "./act.ts";

await serveItems({ [act.name]: act.load }, new Objects(Deno.args[0]!), Deno.exit);
