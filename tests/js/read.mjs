// The official client, unmodified, told that its site is elsewhere: prints what it reads as JSON.
// read.mjs ORIGIN USERNAME ID…   with the key in $WEB_API_KEY
import { buildAuthorization, getUserProfile, getUserProgress } from "@retroachievements/api";

const [origin, username, ...gameIds] = process.argv.slice(2);
const reallyFetch = globalThis.fetch;
globalThis.fetch = (address, options) => {
  const { pathname, search } = new URL(address);
  return reallyFetch(origin + pathname + search, options);
};

const authorization = buildAuthorization({ username, webApiKey: process.env.WEB_API_KEY });
const progress = await getUserProgress(authorization, { username, gameIds: gameIds.map(Number) });
const profile = await getUserProfile(authorization, { username });
console.log(JSON.stringify({ progress, profile }));
