-- with lever
-- KEYS: levers, then the flow if ARGV[3] is 1. ARGV: now, id, flow; six of policy for
-- each lever. Answers 0 and whether the last is locked; 1: busy; 2, until, index,
-- first: refused.
local now, id, flow = tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1'
local n = #KEYS
if flow then
  n = n - 1
  local text = redis.call('GET', KEYS[#KEYS])
  if text and now < tonumber(string.sub(text, 34)) + PENDING then return { 1 } end
end
local levers, rules, at = {}, {}, 3
local function next()
  at = at + 1
  return tonumber(ARGV[at])
end
for i = 1, n do
  levers[i], rules[i] = load(KEYS[i]), policy(next)
  if not levers[i] then return CORRUPT end
end
for i = 1, n do
  local l, p = levers[i], rules[i]
  local untl, first
  if l.known then
    lapse(l, now)
    judge(l, p, now)
    if now < l.untl then
      l.refused = l.refused + 1
      untl, first = l.untl, (l.refused == 1 or l.refused % 10 == 0) and 1 or 0
    elseif #l.fails + #l.flight >= p.threshold then
      untl, first = now + 1000000, 0
    end
  end
  if untl then
    for j = 1, i do
      if levers[j].known then keep(KEYS[j], levers[j], now) end
    end
    return { 2, untl, i - 1, first }
  end
end
local locked = 0
for i = 1, n do
  local l, p = levers[i], rules[i]
  l.policy = p
  l.flight[#l.flight + 1] = { id = id, at = now, policy = p }
  locked = (l.level > 0 and now - l.last < p.decay) and 1 or 0
  keep(KEYS[i], l, now)
end
if flow then
  redis.call('SET', KEYS[#KEYS], id .. ' ' .. number(now), 'PX', number(PENDING / 1000 + LAG))
end
return { 0, locked }
