// The official client, unmodified, sent through time: prints what it reads at each moment as JSON.
// travel.mjs ORIGIN USERNAME ID…   with a list of moments on stdin, and a key in $WEB_API_KEY
import { readFileSync } from "node:fs";
import {
  buildAuthorization,
  getUserPoints,
  getUserProfile,
  getUserProgress,
  getUserRecentlyPlayedGames,
} from "@retroachievements/api";

const [origin, username, ...gameIds] = process.argv.slice(2);
const reallyFetch = globalThis.fetch;
let at, coverage;
globalThis.fetch = async (address, options) => {
  const { pathname, search } = new URL(address);
  const answer = await reallyFetch(`${origin}${pathname}${search}&at=${at}`, options);
  coverage = answer.headers.get("Syncer-Coverage");
  return answer;
};

const authorization = buildAuthorization({ username, webApiKey: process.env.WEB_API_KEY });
const found = [];
for (at of JSON.parse(readFileSync(0))) {
  const progress = await getUserProgress(authorization, { username, gameIds: gameIds.map(Number) });
  const one = { progress, coverage };
  one.points = await getUserPoints(authorization, { username });
  one.profile = await getUserProfile(authorization, { username });
  one.recent = await getUserRecentlyPlayedGames(authorization, { username, offset: 0, count: 50 });
  found.push(one);
}
console.log(JSON.stringify(found));
