-- with session
-- Freezes a record that is about to move to another home: KEYS[1] is the shard of
-- its ref, unless ARGV[5] says that its home is known.
local now, ref, rev, claim, known = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5] == '1'
if not known then
  local at = redis.call('GET', base .. 'p:' .. ref)
  if at then return { 'AT', at } end
end
local h = read(ref)
if not h then return { 'ABSENT' } end
if now >= h.ends then return { 'DEAD' } end
if h.superseded or h.rev ~= rev then return { 'CONFLICT' } end
local time = redis.call('TIME')
local ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if h.moving then
  -- Ten seconds are for whoever froze it; then another one finds out what became
  -- of it.
  local c = redis.call('GET', base .. 'c:' .. ref)
  if not c or ms - struct.unpack('>i8', c, 57) < 10000 then return { 'CONFLICT' } end
  return { 'MOVING' }
end
local left = redis.call('PTTL', base .. 'r:' .. ref)
redis.call('SETRANGE', base .. 'r:' .. ref, 1, string.char(h.flags + 2))
redis.call('SET', base .. 'c:' .. ref, claim .. struct.pack('>i8', ms), 'PX', left + 600000)
return { 'OK', left }
