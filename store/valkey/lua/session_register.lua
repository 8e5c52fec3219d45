-- with session
-- Makes a record, in the place of an old one of the same home if there is one.
local now, ref, record, ends, abs, kid, subject, auth = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7], ARGV[8]
local expect, raise, max, refuse, acting, g, t, stale = tonumber(ARGV[9]), ARGV[10] == '1', tonumber(ARGV[11]), ARGV[12] == '1', ARGV[13] == '1', tonumber(ARGV[14]), tonumber(ARGV[15]), ARGV[16] == '1'
local oldref, prev, till, decision = ARGV[17], tonumber(ARGV[18]), ARGV[19], ARGV[20]

local old
if oldref ~= '' then
  old = read(oldref)
  if not old then return { 'ABSENT' } end
  if now >= old.ends then return { 'DEAD' } end
  if old.superseded or old.rev ~= prev then return { 'CONFLICT' } end
  if old.moving then return { 'MOVING' } end
end
if decision ~= '' and redis.call('EXISTS', base .. 'x:' .. ref) == 1 then return { 'BURIED' } end
if redis.call('EXISTS', base .. 'r:' .. ref) == 1 then return { 'EXISTS' } end
if subject == '' and redis.call('EXISTS', base .. 'p:' .. ref) == 1 then return { 'EXISTS' } end

local evicted = {}
if subject ~= '' then
  if stale or tonumber(redis.call('GET', base .. 'e:' .. subject) or '0') ~= expect then return { 'EPOCH' } end
  local function covered(h) return h.g >= g and h.t >= t and h.u >= expect end
  local replaces = old and not old.actor and covered(old)
  if not acting and not raise and not replaces then
    local bound = 1000
    if max > 0 then bound = math.min(bound, max) end
    local registry = base .. 'u:' .. subject
    if redis.call('ZCARD', registry) >= bound then
      local live = {}
      for _, r in ipairs(redis.call('ZRANGE', registry, 0, -1)) do
        local h = read(r)
        if not h then
          redis.call('ZREM', registry, r)
        elseif h.ends > now and not h.actor and covered(h) then
          live[#live + 1] = r
        end
      end
      if refuse and max > 0 and #live >= max then return { 'LIMIT' } end
      for i = 1, #live - bound + 1 do evicted[i] = live[i] end
    end
  end
end

for _, r in ipairs(evicted) do drop(r) end
if old then
  if old.login ~= zero and (old.login ~= string.sub(record, 183, 198) or old.actor ~= acting) then tell('L', old.login) end
  retire(old, string.sub(record, 103, 118), false, till, now)
end
redis.call('SET', base .. 'r:' .. ref, record, 'PX', room(ends, now))
enlist(ref, kid, ends, false)
if subject ~= '' then
  register(subject, ref, auth, abs, now)
  -- Zero is what an absent epoch counts as, so this one may end. What is there can be
  -- copied for longer than what is absent. GT spares one that was raised: it has no end.
  local epoch = base .. 'e:' .. subject
  redis.call('SET', epoch, '0', 'NX', 'PX', room(abs, now))
  redis.call('PEXPIRE', epoch, room(abs, now), 'GT')
end
if raise then
  redis.call('INCR', base .. 'e:' .. subject)
  redis.call('PERSIST', base .. 'e:' .. subject)
  tell('U', string.sub(record, 151, 182))
end
if decision ~= '' then redis.call('SET', base .. 'x:' .. ref, 'I', 'PX', decision) end
publish()
return { 'OK', evicted, gone, away }
