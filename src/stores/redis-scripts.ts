import { createHash } from "node:crypto"

/** Something that Redis does in one step, and the name under which it remembers it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

// One clock for all machines: that of Redis, unless somebody gives the time.
const clock = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function instant(time) return string.format('%.0f', time) end
`

const script = (text: string): Script => {
  const whole = `${clock}${text}`
  return { text: whole, sha: createHash("sha1").update(whole).digest("hex") }
}

// The same arithmetic as in core/limit-step.ts, in the same order: even what is rounded comes out the same.
const limits = `
local close, grace = 1e-6, 60000

local function fresh(kind) return { kind = kind, used = 0, last = 0, at = 0 } end

local function load(key, kind)
  local text = redis.call('GET', key)
  if not text then return fresh(kind) end
  local known, used, last, at = string.match(text, '^(%S+) (%S+) (%S+) (%S+)$')
  return { kind = known, used = tonumber(used), last = tonumber(last), at = tonumber(at) }
end

local function share(rule)
  if rule.limit > 0 then return rule.window / rule.limit end
  return rule.window
end

local function advance(state, rule)
  if state.kind ~= rule.kind then
    state.kind, state.used, state.last, state.at = rule.kind, 0, 0, 0
  end
  if rule.kind == 'bucket' or rule.kind == 'queue' then
    if now > state.at then state.used = math.max(0, state.used - (now - state.at) / share(rule)) end
    state.at = now
  elseif rule.kind == 'sliding' or rule.kind == 'fixed' then
    local start = now - math.fmod(now, rule.window)
    if start > state.at then
      if rule.kind == 'sliding' and start - rule.window <= state.at then state.last = state.used else state.last = 0 end
      state.used = 0
    end
    state.at = start
  else
    if rule.ends <= now and state.at > rule.ends then return end
    if rule.ends > state.at then state.used = 0 end
    state.at = rule.ends
  end
end

local function usedOf(state, rule)
  if rule.kind == 'sliding' then return state.used + state.last * (1 - (now - state.at) / rule.window) end
  return state.used
end

local function untilAll(state, rule)
  if rule.kind == 'bucket' or rule.kind == 'queue' then return math.max(0, state.used - close) * share(rule) end
  if state.used > 0 then
    if rule.kind == 'sliding' then return state.at + 2 * rule.window - now end
    if rule.kind == 'fixed' then return state.at + rule.window - now end
    return math.max(0, state.at - now)
  end
  if rule.kind == 'sliding' and state.last > 0 then return state.at + rule.window - now end
  return 0
end

local function save(key, state, rule)
  local expires = now + math.ceil(untilAll(state, rule))
  if rule.kind == 'until' then expires = expires + grace end
  if expires <= now then return redis.call('DEL', key) end
  local text = string.format('%s %.17g %.17g %.17g', state.kind, state.used, state.last, state.at)
  redis.call('SET', key, text, 'PXAT', instant(expires))
end
`

/** Takes of several limits; of each want: kind, limit, window, ends, patience, cost, always. */
export const takeScript = script(`${limits}
local function remainingOf(state, rule)
  local left
  if rule.kind == 'queue' then left = rule.patience / share(rule) - state.used + 1
  else left = rule.limit - usedOf(state, rule) end
  return math.max(0, math.floor(left + close))
end

local function untilThere(state, rule, asked)
  if asked > rule.limit then
    local whole = rule.window
    if rule.kind == 'until' then whole = state.at - now end
    return math.max(untilAll(state, rule), whole)
  end
  if rule.kind == 'bucket' then return (state.used + asked - rule.limit - close) * share(rule) end
  if rule.kind == 'sliding' then
    local spare, into = rule.limit - asked + close, now - state.at
    if state.used <= spare then return rule.window * (1 - (spare - state.used) / state.last) - into end
    return rule.window * (2 - spare / state.used) - into
  end
  if rule.kind == 'fixed' then return state.at + rule.window - now end
  if rule.kind == 'until' then return state.at - now end
  return untilAll(state, rule) - rule.patience
end

local function step(state, want)
  local rule, cost = want.rule, 0
  if want.cost > 0 then cost = want.cost end
  local asked = cost
  if cost == 0 then asked = 1 end
  local wait, there = 0, false
  if rule.kind == 'queue' then
    wait = untilAll(state, rule)
    there = wait <= rule.patience
  else there = usedOf(state, rule) + asked <= rule.limit + close end
  local allowed, retry = there and asked <= rule.limit, 0
  if not allowed then retry = math.max(1, math.ceil(untilThere(state, rule, asked))) end
  if allowed or want.always then state.used = state.used + cost end
  return { allowed = allowed, retry = retry, wait = math.ceil(wait) }
end

local states, wants, outcomes, refused = {}, {}, {}, false
for i, key in ipairs(KEYS) do
  local at = 2 + (i - 1) * 7
  local rule = { kind = ARGV[at], limit = tonumber(ARGV[at + 1]), window = tonumber(ARGV[at + 2]),
    ends = tonumber(ARGV[at + 3]), patience = tonumber(ARGV[at + 4]) }
  wants[i] = { rule = rule, cost = tonumber(ARGV[at + 5]), always = ARGV[at + 6] == '1' }
  if not states[key] then states[key] = load(key, rule.kind) end
  local state = states[key]
  advance(state, rule)
  local want = wants[i]
  want.before = { state.used, state.last, state.at }
  outcomes[i] = step(state, want)
  outcomes[i].remaining, outcomes[i].reset = remainingOf(state, rule), math.ceil(untilAll(state, rule))
  if not outcomes[i].allowed and not want.always then refused = true end
end

if refused then
  for i = #KEYS, 1, -1 do
    local state, before = states[KEYS[i]], wants[i].before
    state.used, state.last, state.at = before[1], before[2], before[3]
  end
  for i, key in ipairs(KEYS) do
    local rule = wants[i].rule
    advance(states[key], rule)
    outcomes[i].remaining, outcomes[i].reset = remainingOf(states[key], rule), math.ceil(untilAll(states[key], rule))
  end
else
  for i, key in ipairs(KEYS) do save(key, states[key], wants[i].rule) end
end

local answer = {}
for i, one in ipairs(outcomes) do
  answer[i] = string.format('%d %.17g %.17g %.17g %.17g',
    one.allowed and 1 or 0, one.remaining, one.reset, one.retry, one.wait)
end
return answer
`)

/** Changes what was taken of a limit: kind, limit, window, ends, patience, amount. */
export const adjustScript = script(`${limits}
local rule = { kind = ARGV[2], limit = tonumber(ARGV[3]), window = tonumber(ARGV[4]),
  ends = tonumber(ARGV[5]), patience = tonumber(ARGV[6]) }
local state, by = load(KEYS[1], rule.kind), tonumber(ARGV[7])
if rule.kind == 'until' and state.kind == 'until' and state.at > rule.ends then return end
advance(state, rule)
local left = state.used + by
state.used = math.max(0, left)
if left < 0 then state.last = math.max(0, state.last + left) end
save(KEYS[1], state, rule)
`)

/** Holds one of the places: name, limit, ttl. */
export const holdScript = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', instant(now))
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], instant(now + tonumber(ARGV[4])), ARGV[2])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], instant(tonumber(last[2])))
return 1
`)

/** Adds to counters, unless the batch of the first key was added before: its life, then an amount and a ttl for each. */
export const countScript = script(`
if not redis.call('SET', KEYS[1], '', 'NX', 'PXAT', instant(now + tonumber(ARGV[2]))) then return end
for i = 2, #KEYS do
  redis.call('INCRBYFLOAT', KEYS[i], ARGV[i * 2 - 1])
  redis.call('PEXPIREAT', KEYS[i], instant(now + tonumber(ARGV[i * 2])))
end
`)

/** Puts a value in the place of the expected one: expected, value, ttl. */
export const replaceScript = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PXAT', instant(now + tonumber(ARGV[4])))
return 1
`)

/** Takes the expected value away. */
export const removeScript = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
`)
