-- KEYS: value, deadlines of its bucket. ARGV: name, now; without now the value is
-- removed whether it is dead or not. Answers the value as stored, or nil.
local held = redis.call('GET', KEYS[1])
if not held then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return false
end
if ARGV[2] then
  local ends = tonumber(string.match(held, '^%d+'))
  if not ends then return redis.error_reply('CORRUPT value') end
  if tonumber(ARGV[2]) >= ends then return false end
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return held
