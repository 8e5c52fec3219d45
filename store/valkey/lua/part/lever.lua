-- One lever of the ledger: what internal/lever does, in the server, so that one step
-- reads, judges and writes. Times and lengths are whole microseconds, which a
-- double holds exactly; 0 is no time.
--
-- Its text: version, policy, level, refused, until, last, number of failures, each
-- failure, number in flight, each as id, start, policy. A policy is threshold,
-- factor, window, lock, cap, decay.

local PENDING = 30000000
local LAG = 300000 -- ms that a key outlives what is in it

local function number(n) return string.format('%.0f', n) end

local function policy(next)
  return { threshold = next(), factor = next(), window = next(), lock = next(), cap = next(), decay = next() }
end

local function decode(text)
  local words, at, bad = {}, 0, false
  for w in string.gmatch(text, '%S+') do words[#words + 1] = w end
  local function word()
    at = at + 1
    if words[at] == nil then bad = true end
    return words[at]
  end
  local function next()
    local n = tonumber(word())
    if n == nil then bad = true end
    return n or 0
  end
  if next() ~= 1 then return nil end
  local l = { policy = policy(next), level = next(), refused = next(), untl = next(), last = next(), fails = {}, flight = {} }
  for _ = 1, next() do
    l.fails[#l.fails + 1] = next()
    if bad then return nil end
  end
  for _ = 1, next() do
    l.flight[#l.flight + 1] = { id = word(), at = next(), policy = policy(next) }
    if bad then return nil end
  end
  if bad or at ~= #words then return nil end
  return l
end

local function encode(l)
  local out = { '1' }
  local function put(n) out[#out + 1] = number(n) end
  local function rule(p)
    put(p.threshold) put(p.factor) put(p.window) put(p.lock) put(p.cap) put(p.decay)
  end
  rule(l.policy) put(l.level) put(l.refused) put(l.untl) put(l.last)
  put(#l.fails)
  for _, f in ipairs(l.fails) do put(f) end
  put(#l.flight)
  for _, f in ipairs(l.flight) do
    out[#out + 1] = f.id
    put(f.at)
    rule(f.policy)
  end
  return table.concat(out, ' ')
end

-- load returns a lever; known is nil for one that is not stored.
local function load(key)
  local text = redis.call('GET', key)
  if not text then
    return { policy = nil, level = 0, refused = 0, untl = 0, last = 0, fails = {}, flight = {} }
  end
  local l = decode(text)
  if l then l.known = text end
  return l
end

-- keep stores the lever for as long as anything of it counts.
local function keep(key, l, now)
  if #l.fails == 0 and #l.flight == 0 and l.level == 0 and l.untl == 0 and l.last == 0 then
    if l.known then redis.call('DEL', key) end
    return
  end
  local text = encode(l)
  if text == l.known then return end
  local rest = math.max(l.policy.window, l.policy.decay)
  local ends = math.max(l.last, l.untl)
  for _, f in ipairs(l.flight) do
    rest = math.max(rest, f.policy.window, f.policy.decay)
    ends = math.max(ends, f.at + PENDING + f.policy.cap)
  end
  local ttl = math.max(math.ceil((ends + rest - now) / 1000), 0) + LAG
  redis.call('SET', key, text, 'PX', number(ttl))
end

local function lock_for(p, level)
  local d = math.min(p.lock, p.cap)
  if p.factor == 1 then return d end
  for _ = 1, level do
    if d > math.floor(p.cap / p.factor) then return p.cap end
    d = d * p.factor
  end
  return d
end

-- judge locks the lever if enough failures count, and returns how many did.
local function judge(l, p, now)
  if now < l.untl then return 0 end -- a lock is not extended (AUN-053)
  local counting = {}
  for _, f in ipairs(l.fails) do
    if now - f <= p.window then counting[#counting + 1] = f end
  end
  l.fails = counting
  local n = #counting
  if n < p.threshold then return 0 end
  l.untl = math.max(l.untl, counting[n] + lock_for(p, l.level))
  l.fails, l.refused, l.level = {}, 0, l.level + 1
  return n
end

local function count(l, when, p, now)
  if l.last ~= 0 and when - l.last >= p.decay then l.level = 0 end
  l.last = math.max(l.last, when)
  l.fails[#l.fails + 1] = when
  table.sort(l.fails)
  return judge(l, p, now)
end

-- lapse turns what has been in flight for too long into failures, oldest first.
local function lapse(l, now)
  while true do
    local oldest
    for i, f in ipairs(l.flight) do
      if now >= f.at + PENDING and (not oldest or f.at < l.flight[oldest].at) then oldest = i end
    end
    if not oldest then return end
    local f = table.remove(l.flight, oldest)
    count(l, f.at, f.policy, f.at + PENDING)
  end
end

-- take removes an attempt from what is in flight, and says whether it was.
local function take(l, id)
  for i, f in ipairs(l.flight) do
    if f.id == id then
      table.remove(l.flight, i)
      return true
    end
  end
  return false
end

local function forget(l) l.fails, l.level, l.untl, l.last, l.refused = {}, 0, 0, 0, 0 end

-- land ends the flight of a flow, if it is this attempt's.
local function land(key, id)
  local text = redis.call('GET', key)
  if text and string.sub(text, 1, 32) == id then redis.call('DEL', key) end
end

local CORRUPT = redis.error_reply('CORRUPT lever')
