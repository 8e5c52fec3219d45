-- with lever
-- KEYS: levers, then the flow if ARGV[3] is 1. ARGV: now, id, flow, verdict (0 none, 1
-- failed, 2 passed, 3 cleared), a 1 or 0 for each lever of a verdict: a streak, which any
-- success forgets; six of policy for each of them. Answers index, until and failures of
-- each lever that has locked.
local now, id, flow, verdict = tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1', tonumber(ARGV[4])
local streaks = ARGV[5]
local n = #KEYS
if flow then n = n - 1 end
local levers, locks, at = {}, {}, 5
local function next()
  at = at + 1
  return tonumber(ARGV[at])
end
for i = 1, n do
  levers[i] = load(KEYS[i])
  if not levers[i] then return CORRUPT end
end
if flow then land(KEYS[#KEYS], id) end
for i = 1, n do
  local l, p = levers[i], verdict ~= 0 and policy(next)
  if l.known then
    lapse(l, now)
    if take(l, id) then
      if verdict == 1 then
        local failures = count(l, now, p, now)
        if failures > 0 then
          locks[#locks + 1] = i - 1
          locks[#locks + 1] = l.untl
          locks[#locks + 1] = failures
        end
      elseif verdict >= 2 and string.sub(streaks, i, i) == '1' or verdict == 3 and i == n then
        forget(l)
      end
    end
    keep(KEYS[i], l, now)
  end
end
return locks
